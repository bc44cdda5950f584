using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>What a follower does with a message of its term.</summary>
internal sealed class FollowerSteps(RaftCore raft)
{
    // A snapshot that came while entries were being applied. Its configuration would be in force at once, and the changes
    // among those entries would then be made to the wrong one.
    private Message? _heldSnapshot;

    public RaftError? Step(Message message)
    {
        switch (message.Type)
        {
            case MessageType.App:
                HearLeader(message);
                HandleAppend(message);
                return null;
            case MessageType.Heartbeat:
                HearLeader(message);
                raft.Log.CommitTo(message.Commit);
                raft.Send(new Message { Type = MessageType.HeartbeatResp, From = raft.Id, To = message.From, Term = raft.Term, Context = message.Context });
                return null;
            case MessageType.Snap:
                HearLeader(message);
                HandleSnapshot(message);
                return null;
            case MessageType.Prop:
                return Forward(message);
            case MessageType.TransferLeader:
                if (raft.Lead == RaftIds.None)
                    raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} no leader at term {raft.Term}; dropping leader transfer msg");
                else
                    raft.Send(message with { To = raft.Lead, Term = raft.Term });
                return null;
            case MessageType.TimeoutNow:
                raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} [term {raft.Term}] received MsgTimeoutNow from {message.From:x} and starts an election to get leadership.");
                raft.Election.Hup(CampaignKind.Transfer);
                return null;
            case MessageType.ForgetLeader:
                ForgetLeader();
                return null;
            case MessageType.ReadIndex:
                if (raft.Lead == RaftIds.None)
                    raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} no leader at term {raft.Term}; dropping index reading msg");
                else
                    raft.Send(message with { To = raft.Lead, From = OrSelf(message.From), Term = 0 });
                return null;
            case MessageType.ReadIndexResp:
                TakeReadIndex(message);
                return null;
            default:
                return null;
        }
    }

    /// <summary>Entries were applied: goes on with a snapshot that waited for it.</summary>
    public void AfterApply()
    {
        if (_heldSnapshot is not { } held || raft.Log.Applying > raft.Log.Applied)
            return;
        _heldSnapshot = null;
        raft.Step(held);
    }

    private void HearLeader(Message message) => (raft.ElectionElapsed, raft.Lead) = (0, message.From);

    private ulong OrSelf(ulong from) => from == RaftIds.None ? raft.Id : from;

    private RaftError? Forward(Message proposal)
    {
        if (raft.Lead == RaftIds.None)
        {
            raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} no leader at term {raft.Term}; dropping proposal");
            return RaftError.ProposalDropped;
        }
        if (raft.Config.DisableProposalForwarding)
        {
            raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} not forwarding to leader {raft.Lead:x} at term {raft.Term}; dropping proposal");
            return RaftError.ProposalDropped;
        }
        raft.Send(proposal with { To = raft.Lead, From = OrSelf(proposal.From), Term = 0 });
        return null;
    }

    private void HandleAppend(Message append)
    {
        ReadOnlySpan<Entry> entries = EntryList.Span(append.Entries);
        if (!IsConsecutive(append, entries))
        {
            raft.Lines.Write(RaftLogLevel.Error, $"{raft.Id:x} invalid format of MsgApp from {append.From:x}: entries do not follow [logterm: {append.LogTerm}, index: {append.Index}]");
            return;
        }
        if (append.Index < raft.Log.Committed)
        {
            Acknowledge(append.From, raft.Log.Committed);
            return;
        }
        if (raft.Log.TryAppend(new EntryId(append.LogTerm, append.Index), entries, append.Commit, out ulong lastNew))
        {
            Acknowledge(append.From, lastNew);
            return;
        }
        raft.Lines.Write(RaftLogLevel.Debug, $"{raft.Id:x} [logterm: {raft.Log.TermOrZero(append.Index)}, index: {append.Index}] rejected MsgApp [logterm: {append.LogTerm}, index: {append.Index}] from {append.From:x}");
        EntryId hint = raft.Log.FindConflictByTerm(Math.Min(append.Index, raft.Log.LastIndex), append.LogTerm);
        raft.Send(new Message
        {
            Type = MessageType.AppResp,
            From = raft.Id,
            To = append.From,
            Term = raft.Term,
            Index = append.Index,
            Reject = true,
            RejectHint = hint.Index,
            LogTerm = hint.Term,
        });
    }

    // Bytes from the network: a gap would tear the log, and a falling term would break Log Matching.
    private static bool IsConsecutive(Message append, ReadOnlySpan<Entry> entries)
    {
        ulong index = append.Index;
        ulong term = append.LogTerm;
        foreach (ref readonly Entry entry in entries)
        {
            if (entry.Index != ++index || entry.Term < term || entry.Term > append.Term)
                return false;
            term = entry.Term;
        }
        return true;
    }

    private void HandleSnapshot(Message message)
    {
        if (raft.Log.Applying > raft.Log.Applied)
        {
            _heldSnapshot = message;
            return;
        }
        Snapshot snapshot = message.Snapshot ?? Snapshot.Empty;
        SnapshotMetadata metadata = snapshot.Metadata;
        bool isRestored = raft.Membership.TryRestore(snapshot);
        raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} [commit: {raft.Log.Committed}] {(isRestored ? "restored" : "ignored")} snapshot [index: {metadata.Index}, term: {metadata.Term}]");
        Acknowledge(message.From, isRestored ? raft.Log.LastIndex : raft.Log.Committed);
    }

    private void Acknowledge(ulong leader, ulong index) =>
        raft.Send(new Message { Type = MessageType.AppResp, From = raft.Id, To = leader, Term = raft.Term, Index = index });

    private void ForgetLeader()
    {
        if (raft.Config.ReadOnlyOption == ReadOnlyOption.LeaseBased)
        {
            // The leader counts on our lease until it runs out.
            raft.Lines.Write(RaftLogLevel.Error, $"ignoring MsgForgetLeader due to ReadOnlyLeaseBased");
            return;
        }
        if (raft.Lead == RaftIds.None)
            return;
        raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} forgetting leader {raft.Lead:x} at term {raft.Term}");
        raft.Lead = RaftIds.None;
    }

    private void TakeReadIndex(Message response)
    {
        if (response.Entries.Count != 1)
        {
            raft.Lines.Write(RaftLogLevel.Error, $"{raft.Id:x} invalid format of MsgReadIndexResp from {response.From:x}, entries count: {response.Entries.Count}");
            return;
        }
        raft.ReadStates.Add(new ReadState(response.Index, response.Entries[0].Data));
    }
}
