using Etcdctl.Commands;

namespace Etcdctl.Tests.Commands;

public class LoadResultTests
{
    [Fact]
    public void PerfVerdict_FastAndSteady_Passes()
    {
        LoadResult result = Filled(writes: 1000, seconds: 0.01);

        Assert.Equal(
            "PASS: Throughput is 101 writes/s\nPASS: Slowest request took 0.010000s\nPASS: Stddev is 0.000000s\nPASS\n",
            result.PerfVerdict(wantedPerSecond: 100, out bool isFine));
        Assert.True(isFine);
    }

    [Fact]
    public void PerfVerdict_SlowUnsteadyAndRefused_FailsForEachReason()
    {
        LoadResult result = Filled(writes: 500, seconds: 0.01);
        for (int i = 0; i < 100; i++)
            result.Add(TimeSpan.FromSeconds(1), error: null);
        result.Add(TimeSpan.Zero, "etcdserver: too many requests");
        result.Add(TimeSpan.Zero, "etcdserver: too many requests");

        Assert.Equal(
            "FAIL: too many errors\nFAIL: ERROR(etcdserver: too many requests) -> 2\nFAIL: Throughput too low: 61 writes/s\n"
            + "Slowest request took too long: 1.000000s\nStddev too high: 0.368951s\nFAIL\n",
            result.PerfVerdict(wantedPerSecond: 100, out bool isFine));
        Assert.False(isFine);
    }

    private static LoadResult Filled(int writes, double seconds)
    {
        var result = new LoadResult { Elapsed = TimeSpan.FromSeconds(10) };
        for (int i = 0; i < writes; i++)
            result.Add(TimeSpan.FromSeconds(seconds), error: null);
        return result;
    }
}
