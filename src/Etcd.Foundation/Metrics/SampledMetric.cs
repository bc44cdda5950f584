namespace Etcd.Foundation.Metrics;

/// <summary>A metric without labels whose value is asked for at each scrape.</summary>
internal sealed class SampledMetric(MetricDescription description, Func<double> sample) : IMetricFamily
{
    public MetricDescription Description => description;

    public void Write(ExpositionWriter output)
    {
        output.WriteFamily(description);
        output.WriteSample(description.Name, "", sample());
    }
}
