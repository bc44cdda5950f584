namespace Etcd.Protocol.Raft;

/// <summary>raftpb.MessageType. Local ones must never be accepted from or sent to the network.</summary>
public enum MessageType
{
    Hup = 0,
    Beat = 1,
    Prop = 2,
    App = 3,
    AppResp = 4,
    Vote = 5,
    VoteResp = 6,
    Snap = 7,
    Heartbeat = 8,
    HeartbeatResp = 9,
    Unreachable = 10,
    SnapStatus = 11,
    CheckQuorum = 12,
    TransferLeader = 13,
    TimeoutNow = 14,
    ReadIndex = 15,
    ReadIndexResp = 16,
    PreVote = 17,
    PreVoteResp = 18,
    StorageAppend = 19,
    StorageAppendResp = 20,
    StorageApply = 21,
    StorageApplyResp = 22,
    ForgetLeader = 23,
}

/// <summary>One raft message (raftpb.Message). Not changed after it was handed over.</summary>
public sealed record Message
{
    public MessageType Type { get; init; }

    public ulong To { get; init; }

    public ulong From { get; init; }

    public ulong Term { get; init; }

    /// <summary>Term of the entry at <see cref="Index"/> (App), or of the reject hint (AppResp), or of the last entry (Vote).</summary>
    public ulong LogTerm { get; init; }

    public ulong Index { get; init; }

    public IReadOnlyList<Entry> Entries { get; init; } = [];

    public ulong Commit { get; init; }

    /// <summary>Only in Snap and StorageAppend; null elsewhere.</summary>
    public Snapshot? Snapshot { get; init; }

    public bool Reject { get; init; }

    public ulong RejectHint { get; init; }

    public ReadOnlyMemory<byte> Context { get; init; }

    /// <summary>Vote of the hard state in a StorageAppend message.</summary>
    public ulong Vote { get; init; }

    /// <summary>Local storage messages only: delivered when the storage work is done.</summary>
    public IReadOnlyList<Message> Responses { get; init; } = [];
}
