using System.Threading.Tasks.Sources;

namespace Etcd.Api.Watching;

/// <summary>Wakes one waiter. Any number of calls of <see cref="Set"/> before a wait count as one. Allocates nothing per wait.</summary>
internal sealed class WakeSignal : IValueTaskSource
{
    private const int Idle = 0, Signaled = 1, Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _state;

    /// <summary>Thread-safe; never runs the waiter's code itself.</summary>
    public void Set()
    {
        if (Interlocked.Exchange(ref _state, Signaled) == Waiting)
            _core.SetResult(true);
    }

    /// <summary>Completes at the next <see cref="Set"/>, or at once if one came since the last wait. One waiter at a time.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Signaled) == Signaled)
            return ValueTask.CompletedTask;
        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
            return new ValueTask(this, _core.Version);
        // Set came between the two looks.
        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    void IValueTaskSource.GetResult(short token)
    {
        _core.GetResult(token);
        // A signal that came after the wake-up is covered too: the waiter looks for work only after this.
        Volatile.Write(ref _state, Idle);
    }
}
