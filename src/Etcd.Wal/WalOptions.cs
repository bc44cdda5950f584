using Etcd.Protocol.Raft;

namespace Etcd.Wal;

/// <summary>How a log is written.</summary>
public sealed record WalOptions
{
    /// <summary>etcd's size: 64 × 10⁶ bytes, not 64 MiB.</summary>
    public const long DefaultSegmentBytes = 64_000_000;

    /// <summary>A segment is preallocated to this size and closed by the first save that reaches it.</summary>
    public long SegmentBytes { get; init; } = DefaultSegmentBytes;

    /// <summary>Whose bytes to write; may change later, see <see cref="WriteAheadLog.Dialect"/>.</summary>
    public WireDialect Dialect { get; init; } = WireDialect.V37;

    /// <summary>Skip fdatasync (<c>--unsafe-no-fsync</c>): acknowledged data may be lost with the machine.</summary>
    public bool NoFsync { get; init; }

    /// <summary>Prepare the next segment on the thread pool, so that a cut is fast. Off where runs must replay exactly: then a cut
    /// prepares its own.</summary>
    public bool PreparesSegmentsInBackground { get; init; } = true;

    /// <summary>Measures syncs and stamps the name of a directory that is set aside.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told how long each fdatasync took (etcd_disk_wal_fsync_duration_seconds). Runs on the saving thread under the log's
    /// lock: must be quick and must not call the log.</summary>
    public Action<TimeSpan>? Synced { get; init; }

    /// <summary>Told how many bytes each write took (etcd_disk_wal_write_bytes_total). As <see cref="Synced"/>.</summary>
    public Action<int>? Written { get; init; }

    /// <summary>Told the path of each segment that a cut begins. As <see cref="Synced"/>.</summary>
    public Action<string>? SegmentCreated { get; init; }
}
