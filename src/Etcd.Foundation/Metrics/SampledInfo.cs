namespace Etcd.Foundation.Metrics;

/// <summary>A gauge of 1 whose one label carries the news, asked for at each scrape. Absent while there is none.</summary>
internal sealed class SampledInfo(MetricDescription description, string labelName, Func<string?> sample) : IMetricFamily
{
    public MetricDescription Description => description;

    public void Write(ExpositionWriter output)
    {
        if (sample() is not { } value)
            return;
        output.WriteFamily(description);
        output.WriteSample(description.Name, ExpositionWriter.Labels([labelName], [value]), 1);
    }
}
