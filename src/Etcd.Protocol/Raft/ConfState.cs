namespace Etcd.Protocol.Raft;

/// <summary>Who votes and who learns at some log index (raftpb.ConfState). Immutable; id lists ascend.</summary>
public sealed record ConfState
{
    public static ConfState Empty { get; } = new();

    public IReadOnlyList<ulong> Voters { get; init; } = [];

    public IReadOnlyList<ulong> Learners { get; init; } = [];

    /// <summary>Voters of the configuration being left; not empty only in a joint configuration.</summary>
    public IReadOnlyList<ulong> VotersOutgoing { get; init; } = [];

    /// <summary>Outgoing voters that become learners when the joint configuration is left.</summary>
    public IReadOnlyList<ulong> LearnersNext { get; init; } = [];

    /// <summary>The leader leaves the joint configuration by itself.</summary>
    public bool AutoLeave { get; init; }

    public bool Equals(ConfState? other) =>
        other is not null
        && AutoLeave == other.AutoLeave
        && Voters.SequenceEqual(other.Voters)
        && Learners.SequenceEqual(other.Learners)
        && VotersOutgoing.SequenceEqual(other.VotersOutgoing)
        && LearnersNext.SequenceEqual(other.LearnersNext);

    public override int GetHashCode() => HashCode.Combine(Voters.Count, Learners.Count, VotersOutgoing.Count, AutoLeave);
}

/// <summary>Where a snapshot stands in the log (raftpb.SnapshotMetadata).</summary>
public readonly record struct SnapshotMetadata(ConfState ConfState, ulong Index, ulong Term);

/// <summary>A state-machine snapshot as raft sees it (raftpb.Snapshot).</summary>
/// <param name="Data">Opaque to raft; etcd puts the v2 store's JSON here.</param>
public sealed record Snapshot(SnapshotMetadata Metadata, ReadOnlyMemory<byte> Data)
{
    public static Snapshot Empty { get; } = new(new SnapshotMetadata(ConfState.Empty, 0, 0), default);

    public bool IsEmpty => Metadata.Index == 0;
}
