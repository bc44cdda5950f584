using System.Runtime.InteropServices;
using Etcd.Foundation.Threading;
using Etcd.Protocol.Raft;
using Etcd.Raft;
using Etcd.Server.Reads;

namespace Etcd.Server.Loop;

/// <summary>The one owner of raft: takes all proposals and events that wait, steps raft once, hands its work on.</summary>
/// <remarks><code>
/// proposals ─┐            ┌─→ log writer (entries, hard state) ──→ Appended ─┐
/// events ────┴─→ raft ────┼─→ apply loop (committed entries) ────→ Applied ──┤
///      ↑                  └─→ peers                                          │
///      └─────────────────────────────────────────────────────────────────────┘
/// </code>
/// Writes are asynchronous (raft's AsyncStorageWrites): while one batch is on its way to the disk the next one gathers.
/// The log in memory belongs to this loop too, so raft's storage needs no lock. Runs on its own thread, or step by step
/// under a simulator.</remarks>
internal sealed class MemberLoop
{
    /// <summary>Proposals in one raft message: bounds how long heartbeats wait behind a batch.</summary>
    private const int MaxBatch = 4096;

    /// <summary>Heartbeat intervals (500 ms by default) after which an unanswered read index is asked for again.</summary>
    private const int ReadIndexRetryTicks = 5;

    private readonly RaftNode _raft;
    private readonly MemoryStorage _storage;
    private readonly ulong _memberId;
    private readonly LoopOutputs _outputs;
    private readonly RaftView _view;
    private readonly ReadBarrier _barrier;
    private readonly ParkedProposals _parked;
    private readonly List<Entry> _appended = [];
    private long _ticks;
    private bool _wantsToLead;

    /// <param name="proposalTicks">Heartbeat intervals for which a client waits for a leader.</param>
    public MemberLoop(
        RaftNode raft, MemoryStorage storage, ulong memberId, LoopOutputs outputs, RaftView view, ReadBarrier barrier, int proposalTicks, Action wake)
    {
        _raft = raft;
        _storage = storage;
        _memberId = memberId;
        _outputs = outputs;
        _view = view;
        _barrier = barrier;
        _parked = new ParkedProposals(proposalTicks);
        Proposals = new BatchQueue<ReadOnlyMemory<byte>>(wake);
        Events = new BatchQueue<LoopEvent>(wake);
    }

    /// <summary>Encoded raft requests of this member's clients.</summary>
    public BatchQueue<ReadOnlyMemory<byte>> Proposals { get; }

    public BatchQueue<LoopEvent> Events { get; }

    /// <summary>Does all the work that waits.</summary>
    public void Step()
    {
        foreach (LoopEvent occurred in Events.TakeAll())
            Handle(occurred);
        CampaignIfWanted();
        if (_barrier.TakeBatch() is { } context)
            _raft.ReadIndex(context);
        ProposeWaiting();
        while (_raft.HasReady)
            HandOut(_raft.Ready());
    }

    /// <summary>Raft ignores a campaign while a committed membership change is unapplied, as the first one is after a bootstrap: so
    /// it is asked again, one election at a time, until somebody leads.</summary>
    private void CampaignIfWanted()
    {
        if (!_wantsToLead)
            return;
        SoftState state = _raft.BasicStatus().SoftState;
        if (state.LeaderId != RaftIds.None || !_view.IsSoleVoter)
            _wantsToLead = false;
        else if (state.Role == RaftRole.Follower)
            _raft.Campaign();
    }

    private void Handle(LoopEvent occurred)
    {
        switch (occurred)
        {
            case LoopEvent.Tick:
                _raft.Tick();
                _parked.Tick();
                if (++_ticks % ReadIndexRetryTicks == 0)
                    AskAgainForReadIndex();
                break;
            case LoopEvent.Campaign:
                _wantsToLead = true;
                break;
            case LoopEvent.Received received:
                _raft.Step(received.Message);
                break;
            case LoopEvent.Appended appended:
                Remember(appended.Message);
                Deliver(appended.Message.Responses);
                break;
            case LoopEvent.Applied applied:
                Deliver(applied.Message.Responses);
                break;
            case LoopEvent.ConfChanged changed:
                _view.SetVoters(_memberId, _raft.ApplyConfChange(changed.Change));
                break;
            case LoopEvent.LeaderEntryApplied applied:
                _view.LeaderEntryApplied(applied.Term);
                break;
            case LoopEvent.ProposeConfChange proposal:
                _raft.ProposeConfChange(proposal.Change);
                break;
            case LoopEvent.ReadersWait:
                break; // Step asks for the batch that gathered.
            case LoopEvent.SnapshotSaved saved:
                _storage.CreateSnapshot(saved.Position.Index, saved.Position.ConfState, saved.Data, out _);
                if (saved.CompactTo >= _storage.FirstIndex)
                    _storage.Compact(saved.CompactTo);
                break;
            case LoopEvent.TransferLeader transfer:
                _raft.TransferLeader(transfer.Target);
                break;
            default:
                throw new InvalidOperationException($"unknown event {occurred}");
        }
    }

    /// <summary>Raft drops questions when the leader changes or is not ready; the readers still wait.</summary>
    private void AskAgainForReadIndex()
    {
        foreach (byte[] context in _barrier.TakeUnanswered())
            _raft.ReadIndex(context);
    }

    private void ProposeWaiting()
    {
        List<ReadOnlyMemory<byte>> waiting = Proposals.TakeAll();
        if (_parked.Count > 0)
            waiting = _parked.TakeBefore(waiting);
        for (int start = 0; start < waiting.Count; start += MaxBatch)
        {
            ReadOnlySpan<ReadOnlyMemory<byte>> batch = CollectionsMarshal.AsSpan(waiting)
                .Slice(start, Math.Min(MaxBatch, waiting.Count - start));
            if (_raft.Propose(batch) is null)
                continue;
            // No leader, or it hands over: etcd's proposals wait for the next one until their own deadline.
            _parked.Add(batch);
        }
    }

    private void HandOut(in Ready ready)
    {
        foreach (Message message in ready.Messages)
            Send(message);
        _view.Update(_raft.BasicStatus());
        foreach (ReadState state in ready.ReadStates)
            _outputs.ReadIndexKnown(state);
    }

    private void Send(Message message)
    {
        if (message.To == RaftIds.AppendThread)
            _outputs.Append(message);
        else if (message.To == RaftIds.ApplyThread)
            _outputs.Apply(message);
        else
            _outputs.SendToPeer(message);
    }

    /// <summary>What is on disk now is what raft may read back from here on.</summary>
    private void Remember(Message append)
    {
        if (append.Snapshot is { IsEmpty: false } snapshot)
            _storage.ApplySnapshot(snapshot);
        if (append.Term != 0 || append.Vote != 0 || append.Commit != 0)
            _storage.SetHardState(new HardState(append.Term, append.Vote, append.Commit));
        if (append.Entries.Count > 0)
        {
            _appended.Clear();
            _appended.AddRange(append.Entries);
            _storage.Append(CollectionsMarshal.AsSpan(_appended));
        }
    }

    private void Deliver(IReadOnlyList<Message> responses)
    {
        foreach (Message response in responses)
        {
            if (response.To == _memberId)
                _raft.Step(response);
            else
                _outputs.SendToPeer(response);
        }
    }
}
