namespace Etcd.Foundation.Metrics;

/// <summary>A number that goes up and down. Thread-safe and lock-free.</summary>
public sealed class Gauge
{
    private double _value;

    public double Value => Volatile.Read(ref _value);

    public void Set(double value) => Volatile.Write(ref _value, value);

    public void Increment() => Add(1);

    public void Decrement() => Add(-1);

    public void Add(double amount) => AtomicDouble.Add(ref _value, amount);
}
