using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>What a member is; the numbers are etcd's.</summary>
public enum RaftRole
{
    Follower = 0,
    Candidate = 1,
    Leader = 2,
    PreCandidate = 3,
}

/// <summary>What need not survive a restart.</summary>
/// <param name="LeaderId">The leader this member follows; 0 if it knows none.</param>
public readonly record struct SoftState(ulong LeaderId, RaftRole Role);

/// <summary>Answer to <see cref="RaftNode.ReadIndex"/>.</summary>
/// <param name="Index">Once everything up to here is applied, reads that began before the request are linearizable.</param>
/// <param name="Context">The bytes given to ReadIndex.</param>
public readonly record struct ReadState(ulong Index, ReadOnlyMemory<byte> Context);

/// <summary>Work that raft asks its owner to do, in the order: save, send, apply, then <see cref="RaftNode.Advance"/>.</summary>
/// <remarks>With <see cref="RaftConfig.AsyncStorageWrites"/> the messages of <see cref="Messages"/> that go to
/// <see cref="RaftIds.AppendThread"/> and <see cref="RaftIds.ApplyThread"/> ask for the same work, and there is no Advance.
/// Entry memory is shared with raft and never changes, so it may be read on any thread and kept.</remarks>
public readonly record struct Ready
{
    /// <summary>Null if it did not change.</summary>
    public SoftState? SoftState { get; init; }

    /// <summary>To be saved before <see cref="Messages"/> are sent; empty if it did not change.</summary>
    public HardState HardState { get; init; }

    public IReadOnlyList<ReadState> ReadStates { get; init; }

    /// <summary>To be saved before <see cref="Messages"/> are sent. An entry replaces everything saved at its index and after.</summary>
    public ReadOnlyMemory<Entry> Entries { get; init; }

    /// <summary>To be saved, durably whatever <see cref="MustSync"/> says, before <see cref="Entries"/>; null if there is none.</summary>
    public Snapshot? Snapshot { get; init; }

    /// <summary>Committed, in order, without gaps; to be applied. With async writes they may already wait in a message.</summary>
    public ReadOnlyMemory<Entry> CommittedEntries { get; init; }

    /// <summary>To be sent after the state above is saved. A leader may send App messages while it saves (thesis §10.2.1).</summary>
    public IReadOnlyList<Message> Messages { get; init; }

    /// <summary>The save must reach the disk before anything is sent; false if losing it does no harm.</summary>
    public bool MustSync { get; init; }
}
