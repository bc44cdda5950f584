using Etcd.Foundation.Logging;
using Etcd.Server.Workers;

namespace Etcd.Server.Tests.Workers;

public sealed class AutoCompactorTests
{
    private readonly List<long> _compacted = [];
    private long _revision = 1;
    private bool _leads = true;

    [Fact]
    public void Interval_BySettings_IsEtcds()
    {
        Assert.Null(NewCompactor(TimeSpan.Zero, 0).Interval);
        Assert.Equal(TimeSpan.FromMinutes(5), NewCompactor(TimeSpan.Zero, 100).Interval);
        Assert.Equal(TimeSpan.FromMinutes(3), NewCompactor(TimeSpan.FromMinutes(30), 0).Interval);
        Assert.Equal(TimeSpan.FromMinutes(6), NewCompactor(TimeSpan.FromHours(10), 0).Interval);
    }

    [Fact]
    public async Task Step_ByRevisions_KeepsThatMany()
    {
        AutoCompactor compactor = NewCompactor(TimeSpan.Zero, 100);
        _revision = 100;
        await compactor.Step();
        Assert.Empty(_compacted);
        _revision = 150;
        await compactor.Step();
        await compactor.Step(); // Nothing new: not again.
        _revision = 151;
        await compactor.Step();
        Assert.Equal([50, 51], _compacted);
    }

    /// <summary>Ten samples per hour; one per step. What is compacted must be at least an hour old.</summary>
    [Fact]
    public async Task Step_ByPeriod_CompactsWhatIsOlder()
    {
        AutoCompactor compactor = NewCompactor(TimeSpan.FromHours(1), 0);
        for (int step = 1; step <= 21; step++)
        {
            _revision = 100 * step;
            await compactor.Step();
        }
        Assert.NotEmpty(_compacted);
        Assert.Equal(100, _compacted[0]);
        Assert.All(_compacted, revision => Assert.True(revision <= 100 * 21 - 100 * 10, $"{revision} is younger than the period"));
    }

    [Fact]
    public async Task Step_Follower_CompactsNothingAndStartsOver()
    {
        AutoCompactor compactor = NewCompactor(TimeSpan.FromHours(1), 0);
        for (int step = 1; step <= 10; step++)
            await compactor.Step();
        _leads = false;
        await compactor.Step();
        _leads = true;
        _revision = 500;
        for (int step = 1; step <= 10; step++)
            await compactor.Step();
        Assert.Empty(_compacted);
        await compactor.Step();
        Assert.Equal([500], _compacted);
    }

    private AutoCompactor NewCompactor(TimeSpan period, long revisions) =>
        new(period, revisions, () => _revision, () => _leads, Compact, Logger.None);

    private Task Compact(long revision)
    {
        _compacted.Add(revision);
        return Task.CompletedTask;
    }
}
