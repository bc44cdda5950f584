#pragma warning disable MA0025 // Signatures only: the bodies follow in the next commits.
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>A member of the first configuration, for <see cref="RaftNode.Bootstrap"/>.</summary>
/// <param name="Context">Goes into the member's ConfChange; etcd puts the member's JSON here.</param>
public readonly record struct Peer(ulong Id, ReadOnlyMemory<byte> Context);

/// <summary>What became of a snapshot that was to be sent.</summary>
public enum SnapshotStatus
{
    Finish = 1,
    Failure = 2,
}

/// <summary>One member of a raft group: messages and ticks in, <see cref="Ready"/> out. No clock, no disk, no socket, no thread.</summary>
/// <remarks>Not thread-safe: one owner calls everything. The owner's loop is
/// <code>
/// tick, step or propose; while HasReady: take Ready(), save, send, apply, Advance()
/// </code></remarks>
public sealed class RaftNode
{
    /// <exception cref="ArgumentException">A parameter is out of range.</exception>
    public RaftNode(RaftConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
    }

    /// <summary>There is work to be taken with <see cref="Ready"/>.</summary>
    public bool HasReady => throw new NotImplementedException();

    /// <summary>Writes the first configuration into an empty log as committed entries of term 1, one per peer.</summary>
    /// <returns>Not null if there is no peer or the storage is not empty.</returns>
    public RaftError? Bootstrap(IReadOnlyList<Peer> peers) => throw new NotImplementedException();

    /// <summary>One tick of logical time passed.</summary>
    public void Tick() => throw new NotImplementedException();

    /// <summary>Starts an election now.</summary>
    public void Campaign() => throw new NotImplementedException();

    /// <summary>Proposes one entry.</summary>
    /// <param name="data">Owned by raft from now on: must not change any more.</param>
    /// <returns><see cref="RaftError.ProposalDropped"/>, or null. Null is no promise that it will be committed.</returns>
    public RaftError? Propose(ReadOnlyMemory<byte> data) => throw new NotImplementedException();

    /// <summary>Proposes a batch as one message; either all or none of it enters the log.</summary>
    /// <inheritdoc cref="Propose(ReadOnlyMemory{byte})"/>
    public RaftError? Propose(ReadOnlySpan<ReadOnlyMemory<byte>> batch) => throw new NotImplementedException();

    /// <summary>Proposes a change of one member. If one is still unapplied an empty entry is proposed in its place.</summary>
    /// <returns><see cref="RaftError.ProposalDropped"/>, or null.</returns>
    public RaftError? ProposeConfChange(ConfChange change) => throw new NotImplementedException();

    /// <inheritdoc cref="ProposeConfChange(ConfChange)"/>
    public RaftError? ProposeConfChange(ConfChangeV2 change) => throw new NotImplementedException();

    /// <summary>Must be called when a ConfChange entry is applied, unless the application refuses the change.</summary>
    /// <returns>The configuration from here on, to be kept in snapshots.</returns>
    public ConfState ApplyConfChange(ConfChange change) => throw new NotImplementedException();

    /// <inheritdoc cref="ApplyConfChange(ConfChange)"/>
    public ConfState ApplyConfChange(ConfChangeV2 change) => throw new NotImplementedException();

    /// <summary>A message from another member, or a response of a local storage thread.</summary>
    /// <returns>Why it was refused, or null.</returns>
    public RaftError? Step(Message message) => throw new NotImplementedException();

    /// <summary>Takes the work that waits. Without async writes each must be followed by <see cref="Advance"/>.</summary>
    public Ready Ready() => throw new NotImplementedException();

    /// <summary>The last <see cref="Ready"/> is saved and its committed entries are applied (or queued in order for it).</summary>
    public void Advance() => throw new NotImplementedException();

    /// <summary>Asks for a read index; the answer comes in <see cref="Etcd.Raft.Ready.ReadStates"/>, or never: ask again.</summary>
    /// <param name="context">Unique among requests under way.</param>
    public void ReadIndex(ReadOnlyMemory<byte> context) => throw new NotImplementedException();

    /// <summary>Asks the leader to hand over. Given up after one election timeout.</summary>
    public void TransferLeader(ulong transferee) => throw new NotImplementedException();

    /// <summary>The last message to <paramref name="id"/> could not be sent.</summary>
    public void ReportUnreachable(ulong id) => throw new NotImplementedException();

    /// <summary>What became of the Snap message to <paramref name="id"/>; every one must be reported.</summary>
    public void ReportSnapshot(ulong id, SnapshotStatus status) => throw new NotImplementedException();

    /// <summary>A follower forgets its leader, so that it may vote for another at once.</summary>
    public void ForgetLeader() => throw new NotImplementedException();

    public RaftStatus Status() => throw new NotImplementedException();

    /// <summary>Allocates nothing.</summary>
    public BasicStatus BasicStatus() => throw new NotImplementedException();
}
