using Etcd.Foundation;
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
/// </code>
/// An <see cref="InvariantException"/> from any method means that the log or a promise of the storage is broken: stop.</remarks>
public sealed class RaftNode
{
    private readonly RaftCore _raft;
    private readonly bool _isAsync;
    // What the owner must tell us back after the Ready it holds; null while it holds none.
    private List<Message>? _stepsOnAdvance;
    private SoftState _knownSoftState;
    private HardState _knownHardState;

    /// <exception cref="ArgumentException">A parameter is out of range.</exception>
    public RaftNode(RaftConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        _raft = new RaftCore(config.Validated());
        _isAsync = config.AsyncStorageWrites;
        _knownSoftState = _raft.SoftState;
        _knownHardState = _raft.HardState;
    }

    /// <summary>There is work to be taken with <see cref="Ready"/>.</summary>
    public bool HasReady =>
        !_raft.Outbox.IsEmpty
        || _raft.Log.HasNextUnstableEntries
        || _raft.Log.HasNextCommittedEntries(AllowUnstable)
        || _raft.ReadStates.Count > 0
        || _raft.SoftState != _knownSoftState
        || (_raft.HardState is { IsEmpty: false } hardState && hardState != _knownHardState)
        || _raft.Log.NextUnstableSnapshot is not null;

    /// <summary>For tests, which look inside.</summary>
    internal RaftCore Core => _raft;

    // Without async writes the owner saves a Ready's entries before it applies any, so they need not be stable yet.
    private bool AllowUnstable => !_isAsync;

    /// <summary>Writes the first configuration into an empty log as committed entries of term 1, one per peer.</summary>
    /// <returns>Not null if there is no peer or the storage is not empty.</returns>
    public RaftError? Bootstrap(IReadOnlyList<Peer> peers)
    {
        ArgumentNullException.ThrowIfNull(peers);
        if (peers.Count == 0)
            return RaftError.NoPeers;
        if (_raft.Log.LastIndex != 0)
            return RaftError.NotEmpty;
        // Nothing is known to the owner yet, so the first Ready carries the hard state.
        _knownHardState = default;
        _raft.BecomeFollower(1, RaftIds.None);
        var entries = new Entry[peers.Count];
        for (int i = 0; i < peers.Count; i++)
            entries[i] = ConfChangeEntry.Of(new ConfChange(0, ConfChangeType.AddNode, peers[i].Id, peers[i].Context), _raft.Config.Dialect);
        _raft.Log.CommitTo(_raft.Log.AppendProposals(entries, _raft.Term));
        // Applied here already so that the member may campaign before the owner applies the entries; applying them again is harmless.
        foreach (Peer peer in peers)
            ApplyConfChange(new ConfChange(0, ConfChangeType.AddNode, peer.Id, default));
        return null;
    }

    /// <summary>One tick of logical time passed.</summary>
    public void Tick() => _raft.Tick();

    /// <summary>Starts an election now.</summary>
    public void Campaign() => _raft.Step(new Message { Type = MessageType.Hup });

    /// <summary>Proposes one entry.</summary>
    /// <param name="data">Owned by raft from now on: must not change any more.</param>
    /// <returns><see cref="RaftError.ProposalDropped"/>, or null. Null is no promise that it will be committed.</returns>
    public RaftError? Propose(ReadOnlyMemory<byte> data) => Propose([new Entry(0, 0, EntryType.Normal, data)]);

    /// <summary>Proposes a batch as one message; either all or none of it enters the log.</summary>
    /// <param name="batch">The span is copied, its payloads are owned by raft from now on.</param>
    /// <returns><see cref="RaftError.ProposalDropped"/>, or null, also for an empty batch.</returns>
    public RaftError? Propose(ReadOnlySpan<ReadOnlyMemory<byte>> batch)
    {
        if (batch.IsEmpty)
            return null;
        var entries = new Entry[batch.Length];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = new Entry(0, 0, EntryType.Normal, batch[i]);
        return Propose(entries);
    }

    /// <summary>Proposes a change of one member. If one is still unapplied an empty entry is proposed in its place.</summary>
    /// <returns><see cref="RaftError.ProposalDropped"/>, or null.</returns>
    public RaftError? ProposeConfChange(ConfChange change) => Propose([ConfChangeEntry.Of(change, _raft.Config.Dialect)]);

    /// <inheritdoc cref="ProposeConfChange(ConfChange)"/>
    public RaftError? ProposeConfChange(ConfChangeV2 change) => Propose([ConfChangeEntry.Of(change, _raft.Config.Dialect)]);

    /// <summary>Must be called for each committed ConfChange entry, in order and before the <see cref="Advance"/> (or the
    /// StorageApplyResp) of its Ready, unless the application refuses the change.</summary>
    /// <returns>The configuration from here on, to be kept in snapshots.</returns>
    public ConfState ApplyConfChange(ConfChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return _raft.Membership.Apply(change.AsV2());
    }

    /// <inheritdoc cref="ApplyConfChange(ConfChange)"/>
    public ConfState ApplyConfChange(ConfChangeV2 change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return _raft.Membership.Apply(change);
    }

    /// <summary>A message from another member, or a response of a local storage thread.</summary>
    /// <remarks>The transport must have refused messages that claim to come from a local thread (<see cref="RaftIds"/>) or, with
    /// async writes, from this member.</remarks>
    /// <returns>Why it was refused, or null.</returns>
    public RaftError? Step(Message message)
    {
        ArgumentNullException.ThrowIfNull(message);
        bool isFromThread = RaftIds.IsLocalThread(message.From);
        if (MessageRules.IsLocal(message.Type) && !isFromThread)
            return RaftError.StepLocalMessage;
        // Our own votes and acknowledgements come this way only from a storage thread.
        if (message.From == _raft.Id && (MessageRules.IsBetweenMembers(message.Type) || (!_isAsync && MessageRules.WaitsForDisk(message.Type))))
            return RaftError.StepLocalMessage;
        if (MessageRules.IsResponse(message.Type) && !isFromThread && _raft.Tracker.Progress.Find(message.From) is null)
            return RaftError.StepPeerNotFound;
        if (message.Term == 0 && !MessageRules.MayLackTerm(message.Type))
            return RaftError.StepWithoutTerm;
        return _raft.Step(message);
    }

    /// <summary>Takes the work that waits. Without async writes each must be followed by <see cref="Advance"/>.</summary>
    public Ready Ready()
    {
        Ready ready = Collect();
        Accept(ready);
        return ready;
    }

    /// <summary>The last <see cref="Ready"/> is saved and its committed entries are applied, or queued in order for it.</summary>
    public void Advance()
    {
        Invariant.Holds(!_isAsync, "Advance must not be called when using AsyncStorageWrites");
        List<Message> steps = _stepsOnAdvance ?? [];
        _stepsOnAdvance = null;
        foreach (Message step in steps)
            _raft.Step(step);
    }

    /// <summary>Asks for a read index; the answer comes in <see cref="Etcd.Raft.Ready.ReadStates"/>, or never: ask again.</summary>
    /// <param name="context">Tells the answers apart; returned with the answer. Must not change any more.</param>
    public void ReadIndex(ReadOnlyMemory<byte> context) =>
        _raft.Step(new Message { Type = MessageType.ReadIndex, Entries = [new Entry(0, 0, EntryType.Normal, context)] });

    /// <summary>Asks the leader to hand over. Given up after one election timeout.</summary>
    public void TransferLeader(ulong transferee) => _raft.Step(new Message { Type = MessageType.TransferLeader, From = transferee });

    /// <summary>The last message to <paramref name="id"/> could not be sent.</summary>
    public void ReportUnreachable(ulong id) => _raft.Step(new Message { Type = MessageType.Unreachable, From = id });

    /// <summary>What became of the Snap message to <paramref name="id"/>; every one must be reported.</summary>
    public void ReportSnapshot(ulong id, SnapshotStatus status) =>
        _raft.Step(new Message { Type = MessageType.SnapStatus, From = id, Reject = status == SnapshotStatus.Failure });

    /// <summary>A follower forgets its leader, so that it may vote for another at once.</summary>
    public void ForgetLeader() => _raft.Step(new Message { Type = MessageType.ForgetLeader });

    public RaftStatus Status()
    {
        List<MemberProgress> members = [];
        if (_raft.Role == RaftRole.Leader)
        {
            foreach ((ulong id, Progress progress) in _raft.Tracker.Progress)
                members.Add(new MemberProgress(id, progress.Match, progress.Next, progress.State, progress.IsLearner, progress.RecentActive, progress.IsPaused, progress.PendingSnapshot));
        }
        return new RaftStatus(BasicStatus(), _raft.Tracker.Config.ToConfState(), members);
    }

    /// <summary>Allocates nothing.</summary>
    public BasicStatus BasicStatus() => new(_raft.Id, _raft.HardState, _raft.SoftState, _raft.Log.Applied, _raft.LeadTransferee);

    private RaftError? Propose(Entry[] entries) =>
        _raft.Step(new Message { Type = MessageType.Prop, From = _raft.Id, Entries = entries });

    private Ready Collect()
    {
        SoftState softState = _raft.SoftState;
        HardState hardState = _raft.HardState;
        var ready = new Ready
        {
            SoftState = softState == _knownSoftState ? null : softState,
            HardState = hardState == _knownHardState ? default : hardState,
            ReadStates = _raft.ReadStates.Count > 0 ? _raft.ReadStates : [],
            Entries = _raft.Log.NextUnstableEntries,
            Snapshot = _raft.Log.NextUnstableSnapshot,
            CommittedEntries = _raft.Log.NextCommittedEntries(AllowUnstable),
            // Losing a commit index is harmless; losing a term, a vote or an entry is not.
            MustSync = _raft.Log.HasNextUnstableEntries || hardState.Vote != _knownHardState.Vote || hardState.Term != _knownHardState.Term,
        };
        return ready with { Messages = CollectMessages(ready) };
    }

    private IReadOnlyList<Message> CollectMessages(in Ready ready)
    {
        Outbox outbox = _raft.Outbox;
        if (!_isAsync)
        {
            // The owner saves before it sends, so those that wait for the disk go along.
            List<Message>? others = null;
            foreach (Message message in outbox.AfterAppend)
            {
                if (message.To != _raft.Id)
                    (others ??= [.. outbox.Now]).Add(message);
            }
            return others ?? (outbox.Now.Count > 0 ? outbox.Now : []);
        }
        List<Message> messages = [.. outbox.Now];
        if (StorageWork.NeedsAppend(outbox, ready))
            messages.Add(StorageWork.Append(_raft, ready));
        if (!ready.CommittedEntries.IsEmpty)
            messages.Add(StorageWork.Apply(_raft, ready));
        return messages;
    }

    private void Accept(in Ready ready)
    {
        _knownSoftState = ready.SoftState ?? _knownSoftState;
        if (!ready.HardState.IsEmpty)
            _knownHardState = ready.HardState;
        if (ready.ReadStates.Count > 0)
            _raft.ReadStates = [];
        if (!_isAsync)
        {
            Invariant.Holds(_stepsOnAdvance is null, "two accepted Ready structs without call to Advance");
            _stepsOnAdvance = StepsOnAdvance(ready);
        }
        _raft.Outbox.StartOver();
        _raft.Log.AcceptUnstable();
        if (ready.CommittedEntries.IsEmpty)
            return;
        ReadOnlySpan<Entry> committed = ready.CommittedEntries.Span;
        _raft.Log.AcceptApplying(committed[^1].Index, EntrySize.Encoded(committed), AllowUnstable);
    }

    private List<Message> StepsOnAdvance(in Ready ready)
    {
        List<Message> steps = [];
        foreach (Message message in _raft.Outbox.AfterAppend)
        {
            if (message.To == _raft.Id)
                steps.Add(message);
        }
        if (StorageWork.NeedsAppendDone(_raft.Log, ready))
            steps.Add(StorageWork.AppendDone(_raft, ready));
        if (!ready.CommittedEntries.IsEmpty)
            steps.Add(StorageWork.ApplyDone(_raft, ready));
        return steps;
    }
}
