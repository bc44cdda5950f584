using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Simulation;

/// <summary>What survives a crash of one member: log, hard state, and the applied state of its state machine.</summary>
internal sealed class SimDisk(SimRandom random) : IRaftStorage
{
    // Configurations in the order in which they were applied; the last at or before an index is the one in force there.
    private readonly List<(ulong Index, ConfState Config)> _configs = [(0, ConfState.Empty)];
    private HardState _hardState;
    private ulong _syncedCommit;

    public MemoryStorage Log { get; } = new();

    public ulong AppliedIndex { get; private set; }

    public ulong AppliedTerm { get; private set; }

    /// <summary>Stands for the state machine's content: equal only after the same entries.</summary>
    public ulong Hash { get; private set; }

    public ConfState Config => _configs[^1].Config;

    public ulong LastIndex => Log.LastIndex;

    public ulong FirstIndex => Log.FirstIndex;

    /// <summary>Nothing was ever saved.</summary>
    public bool IsBlank => _hardState.IsEmpty && LastIndex == 0;

    /// <summary>Where raft starts to apply again after a restart.</summary>
    public ulong RestartApplied => Math.Min(AppliedIndex, _hardState.Commit);

    public (HardState HardState, ConfState ConfState) InitialState() => (_hardState, _configs.Last(config => config.Index <= RestartApplied).Config);

    public RaftError? Entries(ulong lo, ulong hi, ulong maxBytes, out ReadOnlyMemory<Entry> entries) => Log.Entries(lo, hi, maxBytes, out entries);

    public RaftError? Term(ulong index, out ulong term) => Log.Term(index, out term);

    public RaftError? Snapshot(out Snapshot snapshot)
    {
        snapshot = new Snapshot(new SnapshotMetadata(Config, AppliedIndex, AppliedTerm), BitConverter.GetBytes(Hash));
        return random.OneIn(4) || AppliedIndex == 0 ? RaftError.SnapshotTemporarilyUnavailable : null;
    }

    public void Save(HardState hardState, ReadOnlySpan<Entry> entries, Snapshot? snapshot, bool mustSync)
    {
        // Never below a snapshot that was made meanwhile, see Compact.
        if (!hardState.IsEmpty)
            _hardState = hardState with { Commit = Math.Max(hardState.Commit, FirstIndex - 1) };
        if (snapshot is not null)
        {
            Log.ApplySnapshot(snapshot);
            (AppliedIndex, AppliedTerm) = (snapshot.Metadata.Index, snapshot.Metadata.Term);
            Hash = BitConverter.ToUInt64(snapshot.Data.Span);
            _configs.Add((snapshot.Metadata.Index, snapshot.Metadata.ConfState));
        }
        Log.Append(entries);
        if (mustSync || snapshot is not null)
            _syncedCommit = _hardState.Commit;
    }

    public void Apply(in Entry entry, ConfState config)
    {
        (AppliedIndex, AppliedTerm) = (entry.Index, entry.Term);
        Hash = (Hash ^ entry.Index ^ (ulong)entry.Data.Length) * 0x100000001B3;
        foreach (byte b in entry.Data.Span)
            Hash = (Hash ^ b) * 0x100000001B3;
        if (!config.Equals(Config))
            _configs.Add((entry.Index, config));
    }

    /// <summary>Compacts some of the log that raft saw applied since it started, as a member does after a snapshot of its own.</summary>
    public void Compact(ulong raftApplied)
    {
        ulong index = raftApplied - Math.Min(raftApplied, (ulong)random.Next(4));
        if (index > LastIndex || Log.Compact(index) is not null)
            return;
        // A snapshot on disk says that its index is committed.
        _syncedCommit = Math.Max(_syncedCommit, index);
        _hardState = _hardState with { Commit = Math.Max(_hardState.Commit, index) };
    }

    /// <summary>The power fails: a commit index that nobody asked to sync may be gone.</summary>
    public void Crash()
    {
        if (random.OneIn(2))
            _hardState = _hardState with { Commit = _syncedCommit };
    }

    /// <summary>For mutations: the vote was never saved.</summary>
    public void ForgetVote() => _hardState = _hardState with { Vote = 0 };

    /// <summary>For mutations: the last uncommitted entries were never saved.</summary>
    public void ForgetTail(int count)
    {
        ulong keep = Math.Max(_hardState.Commit, LastIndex - Math.Min(LastIndex, (ulong)count));
        if (keep >= LastIndex || keep < FirstIndex || Log.Entries(FirstIndex, keep + 1, ulong.MaxValue, out ReadOnlyMemory<Entry> kept) is not null)
            return;
        Log.Append(kept.Span);
    }
}
