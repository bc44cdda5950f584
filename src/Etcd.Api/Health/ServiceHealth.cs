namespace Etcd.Api.Health;

/// <summary>Whether this server wants calls: what grpc.health.v1 tells load balancers. Thread-safe.</summary>
public sealed class ServiceHealth
{
    private volatile State _current = new(IsServing: true);

    public bool IsServing => _current.IsServing;

    /// <summary>Changes the answer and wakes those who watch it.</summary>
    public void Set(bool isServing)
    {
        if (_current.IsServing == isServing)
            return;
        State previous = Interlocked.Exchange(ref _current, new State(isServing));
        previous.Changed.TrySetResult();
    }

    /// <summary>The state now, and a task that ends when it is no longer the state.</summary>
    internal (bool IsServing, Task Changed) Observe()
    {
        State current = _current;
        return (current.IsServing, current.Changed.Task);
    }

    private sealed record State(bool IsServing)
    {
        public TaskCompletionSource Changed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
