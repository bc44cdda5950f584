namespace Etcd.Bolt;

/// <summary>What one commit did and how long its parts took.</summary>
/// <param name="Rebalance">Merging nodes that deletions left too small.</param>
/// <param name="Spill">Splitting nodes into pages and giving them page ids.</param>
/// <param name="Write">Everything that touches the disk, both syncs included.</param>
/// <param name="SyncPages">The sync after the data pages.</param>
/// <param name="SyncMeta">The sync after the meta page.</param>
/// <param name="PagesWritten">Data pages written, overflow pages counted one by one.</param>
public readonly record struct BoltCommitTimes(
    TimeSpan Rebalance,
    TimeSpan Spill,
    TimeSpan Write,
    TimeSpan SyncPages,
    TimeSpan SyncMeta,
    long PagesWritten);
