using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>What a leader does with a message of its term, except proposals (see <see cref="Proposals"/>).</summary>
internal sealed class LeaderSteps
{
    private readonly RaftCore _raft;
    private readonly Proposals _proposals;
    // Asked for before this term's first commit: until then we do not know what the cluster has committed (thesis §6.4).
    private readonly List<Message> _earlyReads = [];

    public LeaderSteps(RaftCore raft)
    {
        _raft = raft;
        _proposals = new Proposals(raft);
    }

    public RaftError? Step(Message message)
    {
        switch (message.Type)
        {
            case MessageType.Prop:
                return _proposals.Step(message);
            case MessageType.ReadIndex:
                HandleReadIndex(message);
                return null;
            case MessageType.ForgetLeader:
                return null;
            default:
                StepFromMember(message);
                return null;
        }
    }

    /// <summary>A leader that was not heard by a quorum for an election timeout steps down (thesis §6.2).</summary>
    public void CheckQuorum()
    {
        if (!_raft.Tracker.IsQuorumActive)
        {
            _raft.Lines.Write(RaftLogLevel.Warning, $"{_raft.Id:x} stepped down to follower since quorum is not active");
            _raft.BecomeFollower(_raft.Term, RaftIds.None);
        }
        foreach ((ulong id, Progress progress) in _raft.Tracker.Progress)
        {
            if (id != _raft.Id)
                progress.RecentActive = false;
        }
    }

    /// <summary>Advances the commit index to what the voters hold by quorum; true if it moved.</summary>
    public bool TryCommit()
    {
        if (!_raft.Log.TryCommit(new EntryId(_raft.Term, _raft.Tracker.Committed)))
            return false;
        ReleaseEarlyReads();
        return true;
    }

    /// <summary>A new term begins.</summary>
    public void StartOver()
    {
        _proposals.StartOver();
        _earlyReads.Clear();
    }

    /// <summary>A new leader's first entry: by committing it, it learns and commits all before it (paper §8).</summary>
    public void AppendEmptyEntry() => _proposals.AppendEmptyEntry();

    /// <inheritdoc cref="Proposals.ReduceUncommitted"/>
    public void ReduceUncommitted(ulong payloadBytes) => _proposals.ReduceUncommitted(payloadBytes);

    private void StepFromMember(Message message)
    {
        Progress? progress = _raft.Tracker.Progress.Find(message.From);
        if (progress is null)
        {
            _raft.Lines.Write(RaftLogLevel.Debug, $"{_raft.Id:x} no progress available for {message.From:x}");
            return;
        }
        switch (message.Type)
        {
            case MessageType.AppResp:
                progress.RecentActive = true;
                if (message.Reject)
                    HandleRejection(message, progress);
                else
                    HandleAcceptance(message, progress);
                break;
            case MessageType.HeartbeatResp:
                HandleHeartbeatResponse(message, progress);
                break;
            case MessageType.SnapStatus:
                HandleSnapshotStatus(message, progress);
                break;
            case MessageType.Unreachable:
                // In Replicate a lost message would be noticed only by a later rejection.
                if (progress.State == ProgressState.Replicate)
                    progress.BecomeProbe();
                _raft.Lines.Write(RaftLogLevel.Debug, $"{_raft.Id:x} failed to send message to {message.From:x} because it is unreachable [{progress}]");
                break;
            case MessageType.TransferLeader:
                HandleTransfer(message.From, progress);
                break;
        }
    }

    /// <summary>Goes back to where both logs may agree.</summary>
    /// <remarks>Both sides skip what cannot match. The follower answers with its last entry whose term is not above the
    /// one we sent; we go back to our last entry whose term is not above the one it answered:
    /// <code>
    ///   index     1 2 3 4 5 6 7 8 9
    ///   leader    1 3 3 3 5 5 5 5 5     probe at 9 (term 5)
    ///   follower  1 1 1 1 2 2           rejects, hint index 6 term 2: ours at 6..2 are above 2, so probe at 1
    /// </code></remarks>
    private void HandleRejection(Message message, Progress progress)
    {
        _raft.Lines.Write(RaftLogLevel.Debug, $"{_raft.Id:x} received MsgAppResp(rejected, hint: (index {message.RejectHint}, term {message.LogTerm})) from {message.From:x} for index {message.Index}");
        ulong probe = message.RejectHint;
        // Compat: members of 3.4 send no term with the hint.
        if (message.LogTerm > 0)
            probe = _raft.Log.FindConflictByTerm(message.RejectHint, message.LogTerm).Index;
        if (!progress.TryDecrease(message.Index, probe))
            return;
        _raft.Lines.Write(RaftLogLevel.Debug, $"{_raft.Id:x} decreased progress of {message.From:x} to [{progress}]");
        if (progress.State == ProgressState.Replicate)
            progress.BecomeProbe();
        _raft.Replicator.TrySendAppend(message.From, progress, sendIfEmpty: true);
    }

    private void HandleAcceptance(Message message, Progress progress)
    {
        if (message.Index > _raft.Log.LastIndex)
        {
            // Nobody can have more of this term's log than its leader.
            _raft.Lines.Write(RaftLogLevel.Error, $"{_raft.Id:x} ignored MsgAppResp from {message.From:x} for index {message.Index}, which is past the last index {_raft.Log.LastIndex}");
            return;
        }
        // An answer to a probe that tells nothing new still ends the probing.
        if (!progress.TryUpdate(message.Index) && !(progress.Match == message.Index && progress.State == ProgressState.Probe))
            return;
        switch (progress.State)
        {
            case ProgressState.Probe:
                progress.BecomeReplicate();
                break;
            case ProgressState.Snapshot when progress.Match + 1 >= _raft.Log.FirstIndex:
                // Whatever snapshot it got, ours or another: the log reaches from there.
                _raft.Lines.Write(RaftLogLevel.Debug, $"{_raft.Id:x} recovered from needing snapshot, resumed sending replication messages to {message.From:x} [{progress}]");
                progress.BecomeProbe();
                progress.BecomeReplicate();
                break;
            case ProgressState.Replicate:
                progress.Inflights.FreeUpTo(message.Index);
                break;
        }
        if (TryCommit())
            _raft.Replicator.BroadcastAppend();
        else if (message.From != _raft.Id && progress.CanBumpCommit(_raft.Log.Committed))
            _raft.Replicator.TrySendAppend(message.From, progress, sendIfEmpty: true);
        ContinueSending(message.From, progress);
    }

    private void ContinueSending(ulong from, Progress progress)
    {
        if (from != _raft.Id)
        {
            while (_raft.Replicator.TrySendAppend(from, progress, sendIfEmpty: false))
            {
                // The window may have opened for several messages.
            }
        }
        if (from == _raft.LeadTransferee && progress.Match == _raft.Log.LastIndex)
        {
            _raft.Lines.Write(RaftLogLevel.Info, $"{_raft.Id:x} sent MsgTimeoutNow to {from:x} after received MsgAppResp");
            SendTimeoutNow(from);
        }
    }

    private void HandleHeartbeatResponse(Message message, Progress progress)
    {
        progress.RecentActive = true;
        progress.FlowPaused = false;
        // Also wakes a flow whose messages were all lost, and a caught-up follower that is still being probed.
        if (progress.Match < _raft.Log.LastIndex || progress.State == ProgressState.Probe)
            _raft.Replicator.TrySendAppend(message.From, progress, sendIfEmpty: true);
        if (_raft.Config.ReadOnlyOption != ReadOnlyOption.Safe || message.Context.IsEmpty)
            return;
        _raft.Reads.Acknowledge(message.From, message.Context.Span);
        while (_raft.Reads.TryTakeConfirmed(_raft.Tracker.Config.Voters, out Message request, out ulong index))
            AnswerRead(request, index);
    }

    private void HandleSnapshotStatus(Message message, Progress progress)
    {
        if (progress.State != ProgressState.Snapshot)
            return;
        // Forget the snapshot's index first, or a failed one would be probed as if it had arrived.
        if (message.Reject)
            progress.PendingSnapshot = 0;
        progress.BecomeProbe();
        _raft.Lines.Write(RaftLogLevel.Debug, $"{_raft.Id:x} snapshot {(message.Reject ? "failed" : "succeeded")}, resumed sending replication messages to {message.From:x} [{progress}]");
        // Arrived: its AppResp comes soon. Failed: wait for a heartbeat before trying again.
        progress.FlowPaused = true;
    }

    private void HandleTransfer(ulong to, Progress progress)
    {
        if (progress.IsLearner)
        {
            _raft.Lines.Write(RaftLogLevel.Debug, $"{_raft.Id:x} is learner. Ignored transferring leadership");
            return;
        }
        if (_raft.LeadTransferee == to)
        {
            _raft.Lines.Write(RaftLogLevel.Info, $"{_raft.Id:x} [term {_raft.Term}] transfer leadership to {to:x} is in progress, ignores request to same node {to:x}");
            return;
        }
        if (_raft.LeadTransferee != RaftIds.None)
        {
            _raft.Lines.Write(RaftLogLevel.Info, $"{_raft.Id:x} [term {_raft.Term}] abort previous transferring leadership to {_raft.LeadTransferee:x}");
            _raft.LeadTransferee = RaftIds.None;
        }
        if (to == _raft.Id)
        {
            _raft.Lines.Write(RaftLogLevel.Debug, $"{_raft.Id:x} is already leader. Ignored transferring leadership to self");
            return;
        }
        _raft.Lines.Write(RaftLogLevel.Info, $"{_raft.Id:x} [term {_raft.Term}] starts to transfer leadership to {to:x}");
        // It has one election timeout from now (thesis §3.10).
        (_raft.ElectionElapsed, _raft.LeadTransferee) = (0, to);
        if (progress.Match != _raft.Log.LastIndex)
        {
            _raft.Replicator.TrySendAppend(to, progress, sendIfEmpty: true);
            return;
        }
        SendTimeoutNow(to);
        _raft.Lines.Write(RaftLogLevel.Info, $"{_raft.Id:x} sends MsgTimeoutNow to {to:x} immediately as {to:x} already has up-to-date log");
    }

    private void SendTimeoutNow(ulong to) =>
        _raft.Send(new Message { Type = MessageType.TimeoutNow, From = _raft.Id, To = to, Term = _raft.Term });

    private void HandleReadIndex(Message request)
    {
        if (request.Entries.Count != 1)
        {
            _raft.Lines.Write(RaftLogLevel.Error, $"{_raft.Id:x} invalid format of MsgReadIndex from {request.From:x}, entries count: {request.Entries.Count}");
            return;
        }
        // Unlike etcd, which answers a single voter's read at once: a power cut may have taken back the saved commit index,
        // and then entries that were acknowledged before it are committed again only by this term's first entry.
        if (HasCommittedInTerm())
            StartRead(request);
        else
            _earlyReads.Add(request);
    }

    private void ReleaseEarlyReads()
    {
        if (_earlyReads.Count == 0)
            return;
        Message[] requests = [.. _earlyReads];
        _earlyReads.Clear();
        foreach (Message request in requests)
            StartRead(request);
    }

    private bool HasCommittedInTerm() => _raft.Log.TermOrZero(_raft.Log.Committed) == _raft.Term;

    private void StartRead(Message request)
    {
        // A lone voter has nobody to ask. Unlike in etcd it must be the leader: one that removed itself has a successor to fear.
        bool isAlone = _raft.Tracker.IsSingleton && _raft.Tracker.Config.Voters.Contains(_raft.Id);
        if (isAlone || _raft.Config.ReadOnlyOption == ReadOnlyOption.LeaseBased)
        {
            AnswerRead(request, _raft.Log.Committed);
            return;
        }
        _raft.Reads.Add(request, _raft.Log.Committed, _raft.Id);
        _raft.Replicator.BroadcastHeartbeat();
    }

    private void AnswerRead(Message request, ulong index)
    {
        if (request.From == RaftIds.None || request.From == _raft.Id)
        {
            _raft.ReadStates.Add(new ReadState(index, request.Entries[0].Data));
            return;
        }
        _raft.Send(new Message { Type = MessageType.ReadIndexResp, From = _raft.Id, To = request.From, Term = _raft.Term, Index = index, Entries = request.Entries });
    }
}
