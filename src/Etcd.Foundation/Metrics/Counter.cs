namespace Etcd.Foundation.Metrics;

/// <summary>A number that only grows. Thread-safe and lock-free.</summary>
public sealed class Counter
{
    private long _value;

    public long Value => Volatile.Read(ref _value);

    public void Increment() => Interlocked.Increment(ref _value);

    /// <param name="amount">Not negative.</param>
    public void Add(long amount) => Interlocked.Add(ref _value, amount);
}
