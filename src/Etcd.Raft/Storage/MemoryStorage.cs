using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>The stable log held in memory; what etcd uses beside its WAL.</summary>
/// <remarks>Not thread-safe: reads and writes belong to the owner of the <see cref="RaftNode"/>. Slices it returns stay valid.</remarks>
public sealed class MemoryStorage : IRaftStorage
{
    // Entry i has index _snapshot.Index + 1 + i.
    private readonly EntryBuffer _entries = new();
    private HardState _hardState;
    private Snapshot _snapshot = Protocol.Raft.Snapshot.Empty;
    // Index and term of the entry before the first; equal to the snapshot's until Compact moves ahead of it.
    private ulong _compactedIndex;
    private ulong _compactedTerm;

    public ulong FirstIndex => _compactedIndex + 1;

    public ulong LastIndex => _compactedIndex + (ulong)_entries.Count;

    public (HardState HardState, ConfState ConfState) InitialState() => (_hardState, _snapshot.Metadata.ConfState);

    public void SetHardState(HardState hardState) => _hardState = hardState;

    public RaftError? Entries(ulong lo, ulong hi, ulong maxBytes, out ReadOnlyMemory<Entry> entries)
    {
        entries = default;
        if (lo <= _compactedIndex)
            return RaftError.Compacted;
        Invariant.Holds(hi <= LastIndex + 1, $"entries' hi({hi}) is out of bound lastindex({LastIndex})");
        if (_entries.Count == 0)
            return RaftError.Unavailable;
        int position = (int)(lo - FirstIndex);
        ArraySegment<Entry> all = _entries.Slice(position, (int)(hi - lo));
        entries = all[..EntrySize.Limit(all, maxBytes)];
        return null;
    }

    public RaftError? Term(ulong index, out ulong term)
    {
        term = 0;
        if (index < _compactedIndex)
            return RaftError.Compacted;
        if (index > LastIndex)
            return RaftError.Unavailable;
        term = index == _compactedIndex ? _compactedTerm : _entries[(int)(index - FirstIndex)].Term;
        return null;
    }

    public RaftError? Snapshot(out Snapshot snapshot)
    {
        snapshot = _snapshot;
        return null;
    }

    /// <summary>Replaces everything by a snapshot.</summary>
    /// <returns><see cref="RaftError.SnapshotOutOfDate"/> if the one there is as new; else null.</returns>
    public RaftError? ApplySnapshot(Snapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        if (_snapshot.Metadata.Index >= snapshot.Metadata.Index)
            return RaftError.SnapshotOutOfDate;
        _snapshot = snapshot;
        (_compactedIndex, _compactedTerm) = (snapshot.Metadata.Index, snapshot.Metadata.Term);
        _entries.Truncate(0);
        return null;
    }

    /// <summary>Records a snapshot of the state machine at <paramref name="index"/>; the log stays until <see cref="Compact"/>.</summary>
    /// <param name="index">Applied, and after the last snapshot.</param>
    /// <param name="confState">The configuration at that index; null: as in the last snapshot.</param>
    /// <returns><see cref="RaftError.SnapshotOutOfDate"/>, or null.</returns>
    public RaftError? CreateSnapshot(ulong index, ConfState? confState, ReadOnlyMemory<byte> data, out Snapshot snapshot)
    {
        snapshot = _snapshot;
        if (index <= _snapshot.Metadata.Index)
            return RaftError.SnapshotOutOfDate;
        Invariant.Holds(index <= LastIndex, $"snapshot {index} is out of bound lastindex({LastIndex})");
        Invariant.Holds(Term(index, out ulong term) is null, $"the term of snapshot {index} is compacted away");
        snapshot = _snapshot = new Snapshot(new SnapshotMetadata(confState ?? _snapshot.Metadata.ConfState, index, term), data);
        return null;
    }

    /// <summary>Drops entries up to and including <paramref name="index"/>, which must be applied.</summary>
    /// <returns><see cref="RaftError.Compacted"/> if that was done before; else null.</returns>
    public RaftError? Compact(ulong index)
    {
        if (index <= _compactedIndex)
            return RaftError.Compacted;
        Invariant.Holds(index <= LastIndex, $"compact {index} is out of bound lastindex({LastIndex})");
        _ = Term(index, out ulong term);
        _entries.ReleaseFirst((int)(index - _compactedIndex));
        (_compactedIndex, _compactedTerm) = (index, term);
        return null;
    }

    /// <summary>Appends consecutive entries; they replace what is at their indexes and after.</summary>
    /// <remarks>The first may not leave a gap to <see cref="LastIndex"/>. Entries before <see cref="FirstIndex"/> are skipped.</remarks>
    public void Append(ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty || entries[^1].Index < FirstIndex)
            return;
        if (entries[0].Index < FirstIndex)
            entries = entries[(int)(FirstIndex - entries[0].Index)..];
        ulong keep = entries[0].Index - FirstIndex;
        Invariant.Holds(keep <= (ulong)_entries.Count, $"missing log entry [last: {LastIndex}, append at: {entries[0].Index}]");
        _entries.Truncate((int)keep);
        _entries.Append(entries);
    }
}
