using Etcd.Protocol.Raft;
using Etcd.Raft;
using Etcd.Wal;
using Etcd.Wal.Snapshots;

namespace Etcd.Server.Boot;

/// <summary>Everything a member has when its disk is read: who it is, its log and its state.</summary>
internal sealed record BootedMember
{
    public required ulong MemberId { get; init; }

    public required ulong ClusterId { get; init; }

    public required WriteAheadLog Log { get; init; }

    public required SnapshotDirectory Snapshots { get; init; }

    /// <summary>The log in memory, as raft reads it.</summary>
    public required MemoryStorage Storage { get; init; }

    public required StoreRooms Rooms { get; init; }

    /// <summary>Where the replay starts: index and term of the snapshot, 0 and 0 without one.</summary>
    public required SnapshotMetadata Start { get; init; }

    /// <summary>First configuration; empty on a restart.</summary>
    public IReadOnlyList<Peer> Bootstrap { get; init; } = [];
}
