using Etcd.Foundation.Logging;

namespace Etcd.Server.Workers;

/// <summary><c>--auto-compaction-*</c>: the leader forgets history by itself (spec api §12.7).</summary>
internal sealed class AutoCompactor(
    TimeSpan period, long revisions, Func<long> currentRevision, Func<bool> isLeader, Func<long, Task> compact, Logger log)
{
    private static readonly TimeSpan s_revisionInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromHours(1);
    private const int SamplesPerInterval = 10;

    private readonly Queue<long> _samples = new();
    private int _samplesSinceCompaction;
    private long _compacted;

    /// <summary>How often <see cref="Step"/> is to be called; null if auto compaction is off.</summary>
    public TimeSpan? Interval => revisions > 0 ? s_revisionInterval : period > TimeSpan.Zero ? CompactionInterval / SamplesPerInterval : null;

    private TimeSpan CompactionInterval => period < s_longestInterval ? period : s_longestInterval;

    /// <summary>Samples the revision and compacts if it is time to.</summary>
    public async Task Step()
    {
        if (!isLeader())
        {
            _samples.Clear(); // Compat: etcd pauses on followers and starts over.
            return;
        }
        long target = revisions > 0 ? currentRevision() - revisions : SampleAndChoose();
        if (target <= 0 || target <= _compacted)
            return;
        log.Info("starting auto compaction", ("revision", target));
        await compact(target);
        _compacted = target;
        log.Info("completed auto compaction", ("revision", target));
    }

    /// <summary>The revision of one period ago, once that long was sampled and the last compaction is an interval back.</summary>
    private long SampleAndChoose()
    {
        int kept = (int)Math.Ceiling(period / (CompactionInterval / SamplesPerInterval));
        _samples.Enqueue(currentRevision());
        _samplesSinceCompaction++;
        if (_samples.Count <= kept)
            return 0;
        long oldest = _samples.Dequeue();
        if (_samplesSinceCompaction < SamplesPerInterval)
            return 0;
        _samplesSinceCompaction = 0;
        return oldest;
    }
}
