namespace Etcd.Foundation.Threading;

/// <summary>A thread that owns some state: it runs its step whenever it is woken, until it is stopped.</summary>
/// <remarks>A step takes all work that waits. A wake-up during a step leads to one more step, so none is lost.</remarks>
public sealed class OwnerThread : IDisposable
{
    private const int Running = 0, Woken = 1, Asleep = 2;

    private readonly Action _step;
    private readonly Action<Exception> _failed;
    private readonly AutoResetEvent _event = new(initialState: false);
    private readonly Thread _thread;
    private int _state;
    private volatile bool _stopping;

    /// <param name="name">Shows in debuggers and in crash reports.</param>
    /// <param name="step">Does all the work that waits and returns.</param>
    /// <param name="failed">Called once, on this thread, if a step throws; no further step runs.</param>
    public OwnerThread(string name, Action step, Action<Exception> failed)
    {
        _step = step;
        _failed = failed;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    public void Start() => _thread.Start();

    /// <summary>Makes the thread run (another) step. Callable from any thread; costs a system call only if it sleeps.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _state, Woken) == Asleep)
            _event.Set();
    }

    /// <summary>Runs a last step for what still waits, then ends the thread and waits for its end.</summary>
    public void Stop()
    {
        _stopping = true;
        Wake();
        if (_thread.IsAlive && Thread.CurrentThread != _thread)
            _thread.Join();
    }

    public void Dispose()
    {
        Stop();
        _event.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                Volatile.Write(ref _state, Running);
                _step();
                if (Interlocked.CompareExchange(ref _state, Asleep, Running) == Running)
                    _event.WaitOne();
            }
            _step();
        }
        catch (Exception exception)
        {
            _failed(exception);
        }
    }
}
