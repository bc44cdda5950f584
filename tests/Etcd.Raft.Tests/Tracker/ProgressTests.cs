namespace Etcd.Raft.Tests.Tracker;

public sealed class ProgressTests
{
    [Fact]
    public void BecomeProbe_AfterASnapshot_ContinuesAfterIt()
    {
        Progress progress = Make(match: 3, next: 4);
        progress.BecomeSnapshot(10);
        Assert.Equal("StateSnapshot match=3 next=11 paused pendingSnap=10 inactive", progress.ToString());

        progress.BecomeProbe();

        Assert.Equal("StateProbe match=3 next=11 inactive", progress.ToString());
    }

    [Fact]
    public void SentEntries_Probe_PausesWithoutMovingOn()
    {
        Progress progress = Make(match: 3, next: 4);
        progress.BecomeProbe();

        progress.SentEntries(2, 10);

        Assert.Equal("StateProbe match=3 next=4 paused inactive", progress.ToString());
    }

    [Fact]
    public void SentEntries_Replicate_MovesOnUntilTheWindowIsFull()
    {
        Progress progress = Make(match: 3, next: 4);
        progress.BecomeReplicate();

        progress.SentEntries(2, 10);
        Assert.Equal("StateReplicate match=3 next=6 inactive inflight=1", progress.ToString());

        progress.SentEntries(1, 10);
        Assert.Equal("StateReplicate match=3 next=7 paused inactive inflight=2[full]", progress.ToString());
    }

    [Theory]
    [InlineData(2ul, false, 3ul, 7ul)]
    [InlineData(3ul, false, 3ul, 7ul)]
    [InlineData(5ul, true, 5ul, 7ul)]
    [InlineData(9ul, true, 9ul, 10ul)]
    public void TryUpdate_Acknowledged_NeverGoesBack(ulong acknowledged, bool isNews, ulong match, ulong next)
    {
        Progress progress = Make(match: 3, next: 7);

        Assert.Equal(isNews, progress.TryUpdate(acknowledged));

        Assert.Equal((match, next), (progress.Match, progress.Next));
    }

    [Theory]
    [InlineData(ProgressState.Replicate, 3ul, 9ul, false, 7ul)] // Already matched: stale.
    [InlineData(ProgressState.Replicate, 5ul, 9ul, true, 4ul)]
    [InlineData(ProgressState.Probe, 5ul, 4ul, false, 7ul)] // Not the probe that is under way.
    [InlineData(ProgressState.Probe, 6ul, 4ul, true, 5ul)]
    [InlineData(ProgressState.Probe, 6ul, 9ul, true, 6ul)] // At least one step back,
    [InlineData(ProgressState.Probe, 6ul, 0ul, true, 4ul)] // but never before what matched.
    public void TryDecrease_Rejected_GoesBackToTheHint(ProgressState state, ulong rejected, ulong hint, bool isNews, ulong next)
    {
        Progress progress = Make(match: 3, next: 7);
        if (state == ProgressState.Replicate)
        {
            progress.BecomeReplicate();
            progress.Next = 7;
        }

        Assert.Equal(isNews, progress.TryDecrease(rejected, hint));

        Assert.Equal(next, progress.Next);
    }

    [Fact]
    public void CanBumpCommit_AlreadyTold_IsFalse()
    {
        Progress progress = Make(match: 3, next: 7);
        Assert.True(progress.CanBumpCommit(5));

        progress.SentCommit(5);

        Assert.False(progress.CanBumpCommit(5));
        Assert.True(progress.CanBumpCommit(6));
        // Beyond what was sent the follower could not commit anyway.
        progress.SentCommit(6);
        Assert.False(progress.CanBumpCommit(9));
    }

    private static Progress Make(ulong match, ulong next) => new(2, 0) { Match = match, Next = next };
}
