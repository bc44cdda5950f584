using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>What a candidate or pre-candidate does with a message of its term (paper §5.2).</summary>
internal sealed class CandidateSteps(RaftCore raft, FollowerSteps follower)
{
    public RaftError? Step(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Prop:
                raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} no leader at term {raft.Term}; dropping proposal");
                return RaftError.ProposalDropped;
            case MessageType.App or MessageType.Heartbeat or MessageType.Snap:
                // Somebody else won this term.
                raft.BecomeFollower(message.Term, message.From);
                return follower.Step(message);
            case MessageType.PreVoteResp when raft.Role == RaftRole.PreCandidate:
            case MessageType.VoteResp when raft.Role == RaftRole.Candidate:
                Count(message);
                return null;
            case MessageType.TimeoutNow:
                raft.Lines.Write(RaftLogLevel.Debug, $"{raft.Id:x} [term {raft.Term} state {RaftNames.Of(raft.Role)}] ignored MsgTimeoutNow from {message.From:x}");
                return null;
            default:
                return null;
        }
    }

    private void Count(Message response)
    {
        switch (raft.Election.Count(response))
        {
            case VoteResult.Won when raft.Role == RaftRole.PreCandidate:
                raft.Election.Campaign(CampaignKind.Election);
                break;
            case VoteResult.Won:
                raft.BecomeLeader();
                raft.Replicator.BroadcastAppend();
                break;
            case VoteResult.Lost:
                // Our own term: that of a pre-vote response may lie in the future.
                raft.BecomeFollower(raft.Term, RaftIds.None);
                break;
        }
    }
}
