namespace Etcd.Store.Backend;

/// <summary>Commits when the interval is over, when the batch is full, or when somebody asks for it.</summary>
internal sealed class CommitThread
{
    private readonly BatchingBackend _backend;
    private readonly BackendOptions _options;
    private readonly object _gate;
    private readonly Thread _thread;
    private bool _isSoon;
    private bool _isStopping;

    /// <param name="backend">Its <see cref="BatchingBackend.CommitIfPending"/> is called.</param>
    /// <param name="options">Interval and limit.</param>
    /// <param name="gate">The backend's gate, which it pulses when the batch is full.</param>
    public CommitThread(BatchingBackend backend, BackendOptions options, object gate)
    {
        _backend = backend;
        _options = options;
        _gate = gate;
        _thread = new Thread(Run) { IsBackground = true, Name = "backend-commit" };
        _thread.Start();
    }

    public void CommitSoon()
    {
        lock (_gate)
        {
            _isSoon = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Stop()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
        }
        _thread.Join();
    }

    private void Run()
    {
        try
        {
            while (WaitUntilDue())
                _backend.CommitIfPending();
        }
        catch (Exception)
        {
            // The backend has told its observer and refuses everything from now on; the member is about to stop.
        }
    }

    private bool WaitUntilDue()
    {
        lock (_gate)
        {
            long deadline = Environment.TickCount64 + (long)_options.BatchInterval.TotalMilliseconds;
            // On a full disk a full batch is no reason to hurry.
            while (!_isStopping && !_isSoon && (_backend.Health != BackendHealth.Ok || _backend.PendingOperations < _options.BatchLimit))
            {
                long left = deadline - Environment.TickCount64;
                if (left <= 0)
                    break;
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }
            _isSoon = false;
            return !_isStopping;
        }
    }
}
