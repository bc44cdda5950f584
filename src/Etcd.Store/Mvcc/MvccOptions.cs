namespace Etcd.Store.Mvcc;

/// <summary>Options of a <see cref="MvccStore"/>.</summary>
public sealed record MvccOptions
{
    /// <summary>Records looked at per compaction batch (<c>--compaction-batch-limit</c>).</summary>
    public int CompactionBatchLimit { get; init; } = 1000;
}
