namespace Etcd.Raft;

/// <summary>Why raft refused; a value because all of these happen in normal operation. Texts are etcd's.</summary>
/// <remarks>Methods that can refuse return null when they did what was asked.</remarks>
public sealed record RaftError
{
    /// <summary>No leader, a transfer is in progress, or the uncommitted tail is too large. The proposer may try again.</summary>
    public static readonly RaftError ProposalDropped = new("raft proposal dropped");

    /// <summary>A message type that only this process may create came in through <see cref="RaftNode.Step"/>.</summary>
    public static readonly RaftError StepLocalMessage = new("raft: cannot step raft local message");

    /// <summary>A response from a node that this one does not know.</summary>
    public static readonly RaftError StepPeerNotFound = new("raft: cannot step as peer not found");

    /// <summary>A message that must carry a term, but does not.</summary>
    public static readonly RaftError StepWithoutTerm = new("raft: cannot step message without term");

    /// <summary>The entry was replaced by a snapshot.</summary>
    public static readonly RaftError Compacted = new("requested index is unavailable due to compaction");

    /// <summary>The entry is not in the log yet.</summary>
    public static readonly RaftError Unavailable = new("requested entry at index is unavailable");

    /// <summary>A newer snapshot is already there.</summary>
    public static readonly RaftError SnapshotOutOfDate = new("requested index is older than the existing snapshot");

    /// <summary>The application is still making the snapshot; raft asks again later.</summary>
    public static readonly RaftError SnapshotTemporarilyUnavailable = new("snapshot is temporarily unavailable");

    internal static readonly RaftError NoPeers = new("must provide at least one peer to Bootstrap");

    internal static readonly RaftError NotEmpty = new("can't bootstrap a nonempty Storage");

    private RaftError(string message) => Message = message;

    public string Message { get; }

    public override string ToString() => Message;
}
