using System.Buffers;
using System.Collections.Concurrent;

namespace Etcd.Foundation.Metrics;

/// <summary>All metrics of one member, and their Prometheus text form.</summary>
/// <remarks>Thread-safe. One registry per member, so that several members in one process do not mix.</remarks>
public sealed class MetricRegistry
{
    private readonly ConcurrentDictionary<string, IMetricFamily> _families = new(StringComparer.Ordinal);

    /// <summary>The <c>Content-Type</c> of <see cref="WriteText"/>.</summary>
    public const string TextContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <exception cref="ArgumentException">The name is taken; so for all methods that add a metric.</exception>
    public Counter AddCounter(string name, string help) => AddCounterFamily(name, help).With();

    public MetricFamily<Counter> AddCounterFamily(string name, string help, params string[] labelNames) =>
        Register(new MetricFamily<Counter>(
            new MetricDescription(name, "counter", help), labelNames, static () => new Counter(),
            static (output, name, labels, counter) => output.WriteSample(name, labels, counter.Value)));

    public Gauge AddGauge(string name, string help) => AddGaugeFamily(name, help).With();

    public MetricFamily<Gauge> AddGaugeFamily(string name, string help, params string[] labelNames) =>
        Register(new MetricFamily<Gauge>(
            new MetricDescription(name, "gauge", help), labelNames, static () => new Gauge(),
            static (output, name, labels, gauge) => output.WriteSample(name, labels, gauge.Value)));

    /// <param name="upperBounds">Ascending; see <see cref="Buckets"/>.</param>
    public Histogram AddHistogram(string name, string help, double[] upperBounds) => AddHistogramFamily(name, help, upperBounds).With();

    /// <inheritdoc cref="AddHistogram"/>
    public MetricFamily<Histogram> AddHistogramFamily(string name, string help, double[] upperBounds, params string[] labelNames) =>
        Register(new MetricFamily<Histogram>(
            new MetricDescription(name, "histogram", help), labelNames, () => new Histogram(upperBounds),
            static (output, name, labels, histogram) => output.WriteHistogram(name, labels, histogram)));

    /// <summary>A gauge whose value somebody else already knows.</summary>
    /// <param name="sample">Called on the scraping thread; fast, and never throws.</param>
    public void AddSampledGauge(string name, string help, Func<double> sample) =>
        Register(new SampledMetric(new MetricDescription(name, "gauge", help), sample));

    /// <summary>A counter whose value somebody else already knows.</summary>
    /// <inheritdoc cref="AddSampledGauge"/>
    public void AddSampledCounter(string name, string help, Func<double> sample) =>
        Register(new SampledMetric(new MetricDescription(name, "counter", help), sample));

    /// <summary>A gauge that is 1 and says something in its label.</summary>
    /// <param name="sample">The label's value; null while there is nothing to say. As for <see cref="AddSampledGauge"/>.</param>
    public void AddSampledInfo(string name, string help, string labelName, Func<string?> sample) =>
        Register(new SampledInfo(new MetricDescription(name, "gauge", help), labelName, sample));

    /// <summary>Writes everything in the Prometheus text format 0.0.4, families in the order of their names.</summary>
    public void WriteText(IBufferWriter<byte> output)
    {
        var writer = new ExpositionWriter(output);
        foreach (IMetricFamily family in _families.Values.OrderBy(family => family.Description.Name, StringComparer.Ordinal))
            family.Write(writer);
    }

    private TFamily Register<TFamily>(TFamily family)
        where TFamily : IMetricFamily => _families.TryAdd(family.Description.Name, family)
            ? family
            : throw new ArgumentException($"metric {family.Description.Name} is registered twice");
}
