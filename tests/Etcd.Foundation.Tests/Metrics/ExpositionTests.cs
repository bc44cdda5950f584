using System.Buffers;
using System.Text;
using Etcd.Foundation.Metrics;

namespace Etcd.Foundation.Tests.Metrics;

public sealed class ExpositionTests
{
    [Fact]
    public void WriteText_SeveralFamilies_AreSortedAndComplete()
    {
        var registry = new MetricRegistry();
        Counter puts = registry.AddCounter("etcd_puts_total", "Puts.");
        MetricFamily<Counter> handled = registry.AddCounterFamily("etcd_handled_total", "Handled.", "method", "code");
        Gauge leader = registry.AddGauge("etcd_has_leader", "Leader?");
        registry.AddSampledGauge("etcd_answer", "Sampled.", () => 42);
        puts.Add(3);
        puts.Increment();
        handled.With("Put", "OK").Increment();
        handled.With("Get", "OK").Add(2);
        leader.Set(1);
        leader.Decrement();

        Assert.Equal(
            """
            # HELP etcd_answer Sampled.
            # TYPE etcd_answer gauge
            etcd_answer 42
            # HELP etcd_handled_total Handled.
            # TYPE etcd_handled_total counter
            etcd_handled_total{method="Get",code="OK"} 2
            etcd_handled_total{method="Put",code="OK"} 1
            # HELP etcd_has_leader Leader?
            # TYPE etcd_has_leader gauge
            etcd_has_leader 0
            # HELP etcd_puts_total Puts.
            # TYPE etcd_puts_total counter
            etcd_puts_total 4

            """, TextOf(registry));
    }

    [Fact]
    public void WriteText_Histogram_BucketsAreCumulativeAndBoundsInclusive()
    {
        var registry = new MetricRegistry();
        MetricFamily<Histogram> family = registry.AddHistogramFamily("h", "H.", [0.5, 1, 2], "To");
        Histogram histogram = family.With("a");
        foreach (double value in new[] { 0.25, 0.5, 1.5, 7 })
            histogram.Observe(value);
        Assert.Equal(
            """
            # HELP h H.
            # TYPE h histogram
            h_bucket{To="a",le="0.5"} 2
            h_bucket{To="a",le="1"} 2
            h_bucket{To="a",le="2"} 3
            h_bucket{To="a",le="+Inf"} 4
            h_sum{To="a"} 9.25
            h_count{To="a"} 4

            """, TextOf(registry));
        Assert.Equal(4, histogram.Count);
    }

    [Fact]
    public void WriteText_HostileLabelAndHelp_AreEscaped()
    {
        var registry = new MetricRegistry();
        registry.AddGaugeFamily("g", "back\\slash\nnewline", "l").With("a\"b\\c\nd").Set(1);
        Assert.Equal("# HELP g back\\\\slash\\nnewline\n# TYPE g gauge\ng{l=\"a\\\"b\\\\c\\nd\"} 1\n", TextOf(registry));
    }

    [Fact]
    public void WriteText_FamilyWithoutSeries_IsAbsent()
    {
        var registry = new MetricRegistry();
        MetricFamily<Gauge> family = registry.AddGaugeFamily("g", "G.", "l");
        family.With("x").Set(2);
        family.Remove("x");
        Assert.Equal("", TextOf(registry));
    }

    // Right column: what a real etcd's exposition prints for such values.
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "0")]
    [InlineData(1, "1")]
    [InlineData(-3, "-3")]
    [InlineData(0.001, "0.001")]
    [InlineData(8.192, "8.192")]
    [InlineData(4.4567e-05, "4.4567e-05")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(736572, "736572")]
    [InlineData(524288, "524288")]
    [InlineData(1048576, "1.048576e+06")]
    [InlineData(1000000, "1e+06")]
    [InlineData(2147483648, "2.147483648e+09")]
    [InlineData(1.8446744073709552e+19, "1.8446744073709552e+19")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(1.7976931348623157e+308, "1.7976931348623157e+308")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void Number_Value_ReadsAsInGo(double value, string expected) => Assert.Equal(expected, ExpositionWriter.Number(value));

    [Fact]
    public void Exponential_Bounds_HaveGosText() =>
        Assert.Equal(
            ["0.001", "0.002", "0.004", "0.008", "0.016", "0.032", "0.064", "0.128", "0.256", "0.512", "1.024", "2.048", "4.096", "8.192"],
            Buckets.Disk.Select(ExpositionWriter.Number));

    [Fact]
    public void Add_SameNameTwice_IsRefused()
    {
        var registry = new MetricRegistry();
        registry.AddCounter("a", "A.");
        Assert.Throws<ArgumentException>(() => registry.AddGauge("a", "A."));
    }

    [Fact]
    public void With_WrongNumberOfLabels_IsRefused()
    {
        MetricFamily<Counter> family = new MetricRegistry().AddCounterFamily("a", "A.", "x", "y");
        Assert.Throws<ArgumentException>(() => family.With("only one"));
    }

    [Fact]
    public void Update_FromManyThreads_LosesNothing()
    {
        var registry = new MetricRegistry();
        Counter counter = registry.AddCounter("c", "C.");
        Gauge gauge = registry.AddGauge("g", "G.");
        Histogram histogram = registry.AddHistogram("h", "H.", [1]);
        Parallel.For(0, 40_000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            counter.Increment();
            gauge.Increment();
            histogram.Observe(i % 2 == 0 ? 1 : 2);
        });
        Assert.Equal(40_000, counter.Value);
        Assert.Equal(40_000, gauge.Value);
        Assert.Equal(40_000, histogram.Count);
        Assert.Equal(60_000, histogram.Sum);
    }

    [Fact]
    public void Process_Metrics_ArePresentAndPlausible()
    {
        var registry = new MetricRegistry();
        ProcessMetrics.Register(registry);
        var values = TextOf(registry).Split('\n').Where(line => line.Length > 0 && line[0] != '#')
            .ToDictionary(line => line.Split(' ')[0], line => double.Parse(line.Split(' ')[1]), StringComparer.Ordinal);
        foreach (string name in new[] { "process_resident_memory_bytes", "process_virtual_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds", "process_cpu_seconds_total", "os_fd_used", "os_fd_limit", "go_goroutines" })
            Assert.True(values[name] > 0, name);
        // Seconds since 1970, not ticks or milliseconds: within a year of now.
        Assert.InRange(values["process_start_time_seconds"] - DateTimeOffset.UtcNow.ToUnixTimeSeconds(), -31_536_000, 31_536_000);
        Assert.True(values["process_open_fds"] <= values["process_max_fds"]);
    }

    private static string TextOf(MetricRegistry registry)
    {
        var output = new ArrayBufferWriter<byte>();
        registry.WriteText(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
