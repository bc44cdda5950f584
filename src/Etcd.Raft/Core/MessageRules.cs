using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>What kind of message a type is.</summary>
internal static class MessageRules
{
    /// <summary>Context of a Vote that was ordered by the old leader, so that live leases do not stop it.</summary>
    public static ReadOnlySpan<byte> CampaignTransfer => "CampaignTransfer"u8;

    /// <summary>Made by a member for itself; never on the network.</summary>
    public static bool IsLocal(MessageType type) => type
        is MessageType.Hup or MessageType.Beat or MessageType.Unreachable or MessageType.SnapStatus or MessageType.CheckQuorum
        or MessageType.StorageAppend or MessageType.StorageAppendResp or MessageType.StorageApply or MessageType.StorageApplyResp;

    /// <summary>Between two members, never from one to itself: one that says so is forged or misrouted.</summary>
    public static bool IsBetweenMembers(MessageType type) => IsFromLeader(type) || type
        is MessageType.Vote or MessageType.PreVote or MessageType.HeartbeatResp or MessageType.TimeoutNow or MessageType.ReadIndexResp;

    public static bool IsResponse(MessageType type) => type
        is MessageType.AppResp or MessageType.VoteResp or MessageType.HeartbeatResp or MessageType.Unreachable
        or MessageType.ReadIndexResp or MessageType.PreVoteResp or MessageType.StorageAppendResp or MessageType.StorageApplyResp;

    /// <summary>Requests and local events that belong to no term.</summary>
    public static bool MayLackTerm(MessageType type) => IsLocal(type) || type
        is MessageType.Prop or MessageType.ReadIndex or MessageType.TransferLeader or MessageType.ForgetLeader;

    /// <summary>Carries the term that is campaigned for, which need not be the sender's.</summary>
    public static bool IsVote(MessageType type) => type
        is MessageType.Vote or MessageType.VoteResp or MessageType.PreVote or MessageType.PreVoteResp;

    /// <summary>Only a leader of its term sends it.</summary>
    public static bool IsFromLeader(MessageType type) => type is MessageType.App or MessageType.Heartbeat or MessageType.Snap;

    /// <summary>Stands for a promise that must be on disk before anybody hears it: a vote, or saved entries (thesis §3.8).</summary>
    public static bool WaitsForDisk(MessageType type) => type
        is MessageType.AppResp or MessageType.VoteResp or MessageType.PreVoteResp;

    public static MessageType VoteResponse(MessageType vote)
    {
        Invariant.Holds(vote is MessageType.Vote or MessageType.PreVote, $"not a vote message: {RaftNames.Of(vote)}");
        return vote == MessageType.Vote ? MessageType.VoteResp : MessageType.PreVoteResp;
    }
}
