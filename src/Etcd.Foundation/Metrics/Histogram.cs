namespace Etcd.Foundation.Metrics;

/// <summary>Counts observations by size. Thread-safe and lock-free.</summary>
/// <remarks>A scrape that runs beside an observation may see the bucket before the sum; Prometheus tolerates that.</remarks>
public sealed class Histogram
{
    private readonly double[] _upperBounds;
    // One per bound and a last one for everything above; not cumulative until written out.
    private readonly long[] _counts;
    private double _sum;

    internal Histogram(double[] upperBounds)
    {
        _upperBounds = upperBounds;
        _counts = new long[upperBounds.Length + 1];
    }

    internal ReadOnlySpan<double> UpperBounds => _upperBounds;

    public double Sum => Volatile.Read(ref _sum);

    /// <summary>All observations so far.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            for (int bucket = 0; bucket < _counts.Length; bucket++)
                count += CountAt(bucket);
            return count;
        }
    }

    /// <param name="value">In the unit that the metric's name ends with.</param>
    public void Observe(double value)
    {
        int bucket = 0;
        // At most 24 bounds and small values first: a scan beats a binary search here.
        while (bucket < _upperBounds.Length && value > _upperBounds[bucket])
            bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        AtomicDouble.Add(ref _sum, value);
    }

    /// <summary>Observes a duration in seconds.</summary>
    public void Observe(TimeSpan duration) => Observe(duration.TotalSeconds);

    internal long CountAt(int bucket) => Volatile.Read(ref _counts[bucket]);
}

/// <summary>Upper bounds of histogram buckets.</summary>
public static class Buckets
{
    /// <summary>What Prometheus clients use unless told otherwise: 5 ms to 10 s.</summary>
    public static double[] Default => [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>etcd's choice for disk work: 1 ms to 8.192 s.</summary>
    public static double[] Disk => Exponential(0.001, 2, 14);

    /// <param name="first">Smallest upper bound.</param>
    /// <param name="factor">From one bound to the next.</param>
    /// <param name="count">Number of bounds; the bucket for everything above is added by itself.</param>
    public static double[] Exponential(double first, double factor, int count)
    {
        double[] bounds = new double[count];
        double bound = first;
        for (int i = 0; i < count; i++, bound *= factor)
            bounds[i] = bound;
        return bounds;
    }
}
