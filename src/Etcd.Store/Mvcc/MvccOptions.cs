namespace Etcd.Store.Mvcc;

/// <summary>Options of a <see cref="MvccStore"/>.</summary>
public sealed record MvccOptions
{
    /// <summary>Records looked at per compaction batch (<c>--compaction-batch-limit</c>).</summary>
    public int CompactionBatchLimit { get; init; } = 1000;

    /// <summary>Bytes of events that wait in one watch stream before its watchers fall behind. A slow client costs about this much
    /// memory.</summary>
    public long WatchQueueBytes { get; init; } = 8 << 20;
}
