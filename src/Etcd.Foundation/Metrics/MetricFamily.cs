using System.Collections.Concurrent;

namespace Etcd.Foundation.Metrics;

/// <summary>All series of one metric name, one per combination of label values.</summary>
/// <remarks>Thread-safe. Callers on a hot path keep what <see cref="With"/> returned.</remarks>
public sealed class MetricFamily<TMetric> : IMetricFamily
    where TMetric : class
{
    // Key: the label part of the exposition line, which is unique per combination and ready to be written.
    private readonly ConcurrentDictionary<string, TMetric> _series = new(StringComparer.Ordinal);
    private readonly string[] _labelNames;
    private readonly Func<TMetric> _create;
    private readonly Action<ExpositionWriter, string, string, TMetric> _write;

    internal MetricFamily(
        MetricDescription description, string[] labelNames, Func<TMetric> create, Action<ExpositionWriter, string, string, TMetric> write)
    {
        Description = description;
        _labelNames = labelNames;
        _create = create;
        _write = write;
    }

    public MetricDescription Description { get; }

    /// <summary>The series with these label values, made at zero if it did not exist.</summary>
    /// <param name="labelValues">As many as the family has label names, in their order. Values that a client chooses must
    /// be bounded by the caller: every new combination stays for the life of the process.</param>
    public TMetric With(params ReadOnlySpan<string> labelValues) => _series.GetOrAdd(LabelText(labelValues), static (_, create) => create(), _create);

    /// <summary>Drops one series, e.g. of a member that was removed.</summary>
    public void Remove(params ReadOnlySpan<string> labelValues) => _series.TryRemove(LabelText(labelValues), out _);

    /// <summary>Drops all series.</summary>
    public void Clear() => _series.Clear();

    void IMetricFamily.Write(ExpositionWriter output)
    {
        if (_series.IsEmpty)
            return;
        output.WriteFamily(Description);
        foreach ((string labels, TMetric metric) in _series.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            _write(output, Description.Name, labels, metric);
    }

    private string LabelText(ReadOnlySpan<string> labelValues)
    {
        if (labelValues.Length != _labelNames.Length)
            throw new ArgumentException($"{Description.Name} has {_labelNames.Length} labels, {labelValues.Length} values were given", nameof(labelValues));
        return ExpositionWriter.Labels(_labelNames, labelValues);
    }
}

/// <summary>What stands in the two comment lines above a family.</summary>
/// <param name="Name">Contract; dashboards and alerts name it.</param>
/// <param name="Type"><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</param>
/// <param name="Help">One line.</param>
public sealed record MetricDescription(string Name, string Type, string Help);

/// <summary>Something that a scrape writes out.</summary>
internal interface IMetricFamily
{
    MetricDescription Description { get; }

    void Write(ExpositionWriter output);
}
