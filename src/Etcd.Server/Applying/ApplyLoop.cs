using Etcd.Foundation.Threading;
using Etcd.Protocol.Raft;
using Etcd.Server.Proposals;
using Etcd.Store.Apply;
using Etcd.Store.Backend;

namespace Etcd.Server.Applying;

/// <summary>The one owner of the state machine: applies what is committed, makes it visible, then wakes who waits for it.</summary>
/// <remarks>Order within a batch: apply all entries, publish the new revision to readers and watchers, publish the applied
/// index, resume the waiting requests, tell raft. A client therefore never reads a state older than its own answer.</remarks>
internal sealed class ApplyLoop
{
    private readonly StateMachine _machine;
    private readonly StoreRooms _rooms;
    private readonly ProposalTable _proposals;
    private readonly Answers _answers;
    private readonly ApplyOutputs _outputs;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private ulong _appliedIndex;
    private ulong _appliedTerm;

    public ApplyLoop(StateMachine machine, StoreRooms rooms, ProposalTable proposals, ApplyOutputs outputs, TimeProvider clock, Action wake)
    {
        _machine = machine;
        _rooms = rooms;
        _proposals = proposals;
        _outputs = outputs;
        _clock = clock;
        _start = clock.GetTimestamp();
        _answers = new Answers();
        Committed = new BatchQueue<Message>(wake);
        Commands = new BatchQueue<Action>(wake);
    }

    /// <summary>StorageApply messages of raft.</summary>
    public BatchQueue<Message> Committed { get; }

    /// <summary>Work that must not overlap with applying, e.g. a snapshot.</summary>
    public BatchQueue<Action> Commands { get; }

    public ulong AppliedIndex => Volatile.Read(ref _appliedIndex);

    /// <summary>Term of the entry at <see cref="AppliedIndex"/>. Apply thread only.</summary>
    public ulong AppliedTerm => _appliedTerm;

    /// <summary>Monotonic time, as the state machine counts it.</summary>
    public TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <summary>The snapshot that the replay starts from. Before the first step.</summary>
    public void StartAt(ulong index, ulong term) => (_appliedIndex, _appliedTerm) = (index, term);

    /// <summary>Applies everything that waits.</summary>
    public void Step()
    {
        List<Message> batches = Committed.TakeAll();
        if (batches.Count > 0)
        {
            ulong last = AppliedIndex;
            long started = _clock.GetTimestamp();
            foreach (Message batch in batches)
                last = ApplyAll(batch.Entries, last);
            _rooms.Mvcc.Publish();
            _outputs.BatchTook((int)(last - AppliedIndex), _clock.GetElapsedTime(started));
            Volatile.Write(ref _appliedIndex, last);
            _outputs.AppliedUpTo(last);
            _answers.ResumeAll();
            foreach (Message batch in batches)
                _outputs.BatchApplied(batch);
        }
        foreach (Action command in Commands.TakeAll())
            command();
    }

    private ulong ApplyAll(IReadOnlyList<Entry> entries, ulong last)
    {
        long unixNanoseconds = (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        TimeSpan now = Now;
        for (int i = 0; i < entries.Count; i++)
        {
            Entry entry = entries[i];
            if (entry.Index <= last)
                continue; // Raft may hand out an entry again after a restart of the apply queue.
            ApplyOne(entry, now, unixNanoseconds);
            last = entry.Index;
            _appliedTerm = entry.Term;
        }
        return last;
    }

    private void ApplyOne(in Entry entry, TimeSpan now, long unixNanoseconds)
    {
        BatchingBackend backend = _rooms.Backend;
        bool inDatabase = entry.Index <= backend.ConsistentIndex;
        if (!inDatabase)
            backend.BeginApply(entry.Index, entry.Term);
        AppliedEntry applied = _machine.Apply(entry, new ApplyContext(inDatabase, now, unixNanoseconds));
        if (applied.ConfChange is not null || applied.Effects != ApplyEffects.None)
            HandleRare(applied, inDatabase);
        if (!inDatabase)
            backend.EndApply();
        if (entry.Type == EntryType.Normal && entry.Data.IsEmpty)
            _outputs.LeaderEntryApplied(entry.Term);
        if (applied.RequestId != 0)
            Answer(applied);
    }

    private void HandleRare(in AppliedEntry applied, bool inDatabase)
    {
        if (applied.ConfChange is { } change)
        {
            _outputs.ConfChanged(change.Change);
            if (!inDatabase)
                _rooms.Backend.SetConfState(_rooms.Cluster.Current.ConfState);
        }
        if (applied.Effects != ApplyEffects.None)
            _outputs.Effects(applied.Effects, inDatabase);
    }

    private void Answer(in AppliedEntry applied)
    {
        if (applied is { AnswerWhenCompacted: true, Compaction: { } compaction, Result.Error: null })
        {
            (ulong id, ApplyResult result) = (applied.RequestId, applied.Result);
            compaction.OnFinished(() => _proposals.Claim(id, result)?.Complete());
            return;
        }
        if (_proposals.Claim(applied.RequestId, applied.Result) is { } waiting)
            _answers.Add(waiting);
    }
}
