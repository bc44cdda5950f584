using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>Why a member campaigns.</summary>
internal enum CampaignKind
{
    /// <summary>First phase with PreVote: would we win?</summary>
    PreElection,

    Election,

    /// <summary>The leader told us to take over, so leases do not count and the first phase is skipped.</summary>
    Transfer,
}

/// <summary>Campaigns and votes (paper §5.2, §5.4.1; pre-vote: thesis §9.6).</summary>
internal sealed class Election(RaftCore raft)
{
    /// <summary>A voter that is not in the middle of restoring a snapshot may lead.</summary>
    public bool IsPromotable => raft.OwnProgress is { IsLearner: false } && !raft.Log.HasUnstableSnapshot;

    /// <summary>One tick of a member that does not lead.</summary>
    public void Tick()
    {
        raft.ElectionElapsed++;
        if (!IsPromotable || raft.ElectionElapsed < raft.RandomizedElectionTimeout)
            return;
        raft.ElectionElapsed = 0;
        raft.Step(new Message { Type = MessageType.Hup, From = raft.Id });
    }

    /// <summary>Campaigns if that is allowed now.</summary>
    public void Hup(CampaignKind kind)
    {
        if (raft.Role == RaftRole.Leader)
        {
            raft.Lines.Write(RaftLogLevel.Debug, $"{raft.Id:x} ignoring MsgHup because already leader");
            return;
        }
        if (!IsPromotable)
        {
            raft.Lines.Write(RaftLogLevel.Warning, $"{raft.Id:x} is unpromotable and can not campaign");
            return;
        }
        if (HasUnappliedConfChanges())
        {
            raft.Lines.Write(RaftLogLevel.Warning, $"{raft.Id:x} cannot campaign at term {raft.Term} since there are still pending configuration changes to apply");
            return;
        }
        raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} is starting a new election at term {raft.Term}");
        Campaign(kind);
    }

    /// <summary>Becomes (pre-)candidate and asks everybody, ourselves by a message that waits for the disk.</summary>
    public void Campaign(CampaignKind kind)
    {
        MessageType vote = kind == CampaignKind.PreElection ? MessageType.PreVote : MessageType.Vote;
        if (kind == CampaignKind.PreElection)
            raft.BecomePreCandidate();
        else
            raft.BecomeCandidate();
        ulong term = kind == CampaignKind.PreElection ? raft.Term + 1 : raft.Term;
        ReadOnlyMemory<byte> context = kind == CampaignKind.Transfer ? MessageRules.CampaignTransfer.ToArray() : default;
        EntryId last = raft.Log.LastId;
        foreach (ulong id in raft.Tracker.Config.Voters.Ids.Span)
        {
            if (id == raft.Id)
            {
                raft.Send(new Message { Type = MessageRules.VoteResponse(vote), From = id, To = id, Term = term });
                continue;
            }
            raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} [logterm: {last.Term}, index: {last.Index}] sent {RaftNames.Of(vote)} request to {id:x} at term {raft.Term}");
            raft.Send(new Message { Type = vote, From = raft.Id, To = id, Term = term, LogTerm = last.Term, Index = last.Index, Context = context });
        }
    }

    /// <summary>A vote for us came in.</summary>
    public VoteResult Count(Message response)
    {
        string type = RaftNames.Of(response.Type);
        raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} received {type}{(response.Reject ? " rejection" : "")} from {response.From:x} at term {raft.Term}");
        raft.Tracker.RecordVote(response.From, !response.Reject);
        (int granted, int rejected, VoteResult result) = raft.Tracker.TallyVotes();
        raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} has received {granted} {type} votes and {rejected} vote rejections");
        return result;
    }

    /// <summary>With CheckQuorum, whoever hears from a leader ignores candidates, so that a removed or deaf member cannot
    /// depose it (paper §6, thesis §4.2.3). Ordered transfers pass.</summary>
    public bool IgnoresVoteInLease(Message vote)
    {
        bool isForced = vote.Context.Span.SequenceEqual(MessageRules.CampaignTransfer);
        bool isInLease = raft.Config.CheckQuorum && raft.Lead != RaftIds.None && raft.ElectionElapsed < raft.Config.ElectionTick;
        if (isForced || !isInLease)
            return false;
        EntryId last = raft.Log.LastId;
        raft.Lines.Write(
            RaftLogLevel.Info,
            $"{raft.Id:x} [logterm: {last.Term}, index: {last.Index}, vote: {raft.Vote:x}] ignored {RaftNames.Of(vote.Type)} from {vote.From:x} [logterm: {vote.LogTerm}, index: {vote.Index}] at term {raft.Term}: lease is not expired (remaining ticks: {raft.Config.ElectionTick - raft.ElectionElapsed})");
        return true;
    }

    /// <summary>Grants or rejects a vote. Learners vote too: they may be voters by a change they have not seen yet.</summary>
    public void AnswerVote(Message vote)
    {
        bool isFree = raft.Vote == RaftIds.None && raft.Lead == RaftIds.None;
        bool canVote = raft.Vote == vote.From || isFree || (vote.Type == MessageType.PreVote && vote.Term > raft.Term);
        if (!canVote || !raft.Log.IsUpToDate(new EntryId(vote.LogTerm, vote.Index)))
        {
            RejectVote(vote);
            return;
        }
        WriteVerdict("cast", vote, "for");
        // The candidate's term, not ours: a pre-candidate ignores answers of a term below the one it asked for.
        raft.Send(new Message { Type = MessageRules.VoteResponse(vote.Type), From = raft.Id, To = vote.From, Term = vote.Term });
        if (vote.Type == MessageType.Vote)
            (raft.ElectionElapsed, raft.Vote) = (0, vote.From);
    }

    public void RejectVote(Message vote)
    {
        WriteVerdict("rejected", vote, "from");
        raft.Send(new Message { Type = MessageRules.VoteResponse(vote.Type), From = raft.Id, To = vote.From, Term = raft.Term, Reject = true });
    }

    private void WriteVerdict(string verdict, Message vote, string preposition)
    {
        EntryId last = raft.Log.LastId;
        raft.Lines.Write(
            RaftLogLevel.Info,
            $"{raft.Id:x} [logterm: {last.Term}, index: {last.Index}, vote: {raft.Vote:x}] {verdict} {RaftNames.Of(vote.Type)} {preposition} {vote.From:x} [logterm: {vote.LogTerm}, index: {vote.Index}] at term {raft.Term}");
    }

    // A member that does not know its newest configuration yet might win by an old one.
    private bool HasUnappliedConfChanges()
    {
        ulong next = raft.Log.Applied + 1;
        while (next <= raft.Log.Committed)
        {
            RaftError? error = raft.Log.Slice(next, raft.Log.Committed + 1, raft.Log.MaxApplyingBytes, out ReadOnlyMemory<Entry> page);
            Invariant.Holds(error is null && page.Length > 0, $"error scanning unapplied entries [{next}, {raft.Log.Committed + 1}): {error}");
            foreach (ref readonly Entry entry in page.Span)
            {
                if (entry.Type != EntryType.Normal)
                    return true;
            }
            next += (ulong)page.Length;
        }
        return false;
    }
}
