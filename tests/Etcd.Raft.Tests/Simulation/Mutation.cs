using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Simulation;

/// <summary>A bug planted around the core, of the kind that its rules exist to prevent. The core itself stays as it is.</summary>
internal enum Mutation
{
    None,

    /// <summary>The vote does not survive a restart (thesis §3.8).</summary>
    VoteIsNotSaved,

    /// <summary>Acknowledged entries do not survive a restart.</summary>
    EntriesAreNotSaved,

    /// <summary>A follower acknowledges one entry more than it has.</summary>
    AcknowledgesTooMuch,

    /// <summary>Voters do not compare logs (paper §5.4.1).</summary>
    VotesForOutdatedLog,

    /// <summary>Followers do not check the entry before an append (paper §5.3).</summary>
    AppendsWithoutCheck,

    /// <summary>Heartbeats carry the commit index as it is, not what the follower is known to hold.</summary>
    HeartbeatCommitsUnmatched,

    /// <summary>A leader commits entries of earlier terms by counting (paper §5.4.2, figure 8).</summary>
    CommitsOldTermsByCounting,

    /// <summary>One answer to a heartbeat confirms reads for a whole quorum (thesis §6.4).</summary>
    ReadsNeedNoQuorum,

    /// <summary>A candidate takes every answer for a yes.</summary>
    RejectedVotesCount,
}

/// <summary>Where mutations take effect.</summary>
internal static class Mutations
{
    /// <summary>A message as the mutated receiver understands it.</summary>
    public static Message Understand(Mutation mutation, Message message, SimMember receiver)
    {
        RaftCore raft = receiver.Raft!.Core;
        return (mutation, message.Type) switch
        {
            (Mutation.AcknowledgesTooMuch, MessageType.AppResp) when !message.Reject => message with { Index = Math.Min(message.Index + 1, Math.Max(message.Index, raft.Log.LastIndex)) },
            (Mutation.VotesForOutdatedLog, MessageType.Vote or MessageType.PreVote) => message with { LogTerm = message.Term, Index = message.Index + 100 },
            (Mutation.AppendsWithoutCheck, MessageType.App) when message.Index <= raft.Log.LastIndex => message with { LogTerm = raft.Log.TermOrZero(message.Index) },
            (Mutation.HeartbeatCommitsUnmatched, MessageType.Heartbeat) => message with { Commit = Math.Min(raft.Log.LastIndex, message.Commit + 100) },
            (Mutation.RejectedVotesCount, MessageType.VoteResp) => message with { Reject = false },
            _ => message,
        };
    }

    /// <summary>What the mutated member does besides.</summary>
    public static void AfterStep(Mutation mutation, SimMember member)
    {
        RaftCore raft = member.Raft!.Core;
        if (mutation == Mutation.CommitsOldTermsByCounting && raft.Role == RaftRole.Leader)
            raft.Log.CommitTo(Math.Min(raft.Tracker.Committed, raft.Log.LastIndex));
        if (mutation == Mutation.ReadsNeedNoQuorum && raft.Role == RaftRole.Leader)
        {
            foreach (ulong voter in raft.Tracker.Config.Voters.Ids.Span)
                raft.Reads.Acknowledge(voter, raft.Reads.HeartbeatContext().Span);
        }
    }

    /// <summary>What the mutated member's disk loses.</summary>
    public static void AfterCrash(Mutation mutation, SimMember member)
    {
        if (mutation == Mutation.VoteIsNotSaved)
            member.Disk.ForgetVote();
        else if (mutation == Mutation.EntriesAreNotSaved)
            member.Disk.ForgetTail(2);
    }
}
