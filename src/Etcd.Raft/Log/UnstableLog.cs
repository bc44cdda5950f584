using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>The end of the log, and the snapshot, that storage is not known to hold yet.</summary>
/// <remarks><code>
///   storage: ... a b c d e            (may still hold entries that are replaced from Offset on)
///   unstable:        [ d' e' f | g h ]
///              Offset^          ^OffsetInProgress: what lies before it is being written
/// </code>
/// Entries stay here while they are written, because reads of storage may not see them yet.</remarks>
internal sealed class UnstableLog(RaftLines lines)
{
    private readonly EntryBuffer _entries = new();
    private bool _snapshotInProgress;

    /// <summary>Log index of the first unstable entry; may lie below the end of storage, whose rest is then replaced.</summary>
    public ulong Offset { get; private set; }

    /// <summary>One past the last entry that is being written; at least <see cref="Offset"/>.</summary>
    public ulong OffsetInProgress { get; private set; }

    public Snapshot? Snapshot { get; private set; }

    public int Count => _entries.Count;

    /// <summary>The snapshot that nobody was asked to save yet.</summary>
    public Snapshot? NextSnapshot => _snapshotInProgress ? null : Snapshot;

    /// <summary>Entries that nobody was asked to save yet.</summary>
    public ArraySegment<Entry> NextEntries => Slice(OffsetInProgress, End);

    private ulong End => Offset + (ulong)_entries.Count;

    public void Start(ulong offset) => (Offset, OffsetInProgress) = (offset, offset);

    public bool TryLastIndex(out ulong index)
    {
        index = _entries.Count > 0 ? End - 1 : Snapshot?.Metadata.Index ?? 0;
        return _entries.Count > 0 || Snapshot is not null;
    }

    public bool TryTerm(ulong index, out ulong term)
    {
        term = 0;
        if (index < Offset)
        {
            if (Snapshot is null || Snapshot.Metadata.Index != index)
                return false;
            term = Snapshot.Metadata.Term;
            return true;
        }
        if (index >= End)
            return false;
        term = _entries[(int)(index - Offset)].Term;
        return true;
    }

    /// <summary>Entries [lo, hi), all of which must be here.</summary>
    public ArraySegment<Entry> Slice(ulong lo, ulong hi)
    {
        Invariant.Holds(lo <= hi, $"invalid unstable.slice {lo} > {hi}");
        Invariant.Holds(lo >= Offset && hi <= End, $"unstable.slice[{lo},{hi}) out of bound [{Offset},{End}]");
        return _entries.Slice((int)(lo - Offset), (int)(hi - lo));
    }

    /// <summary>Whoever took the last Ready has begun to save everything that is here.</summary>
    public void AcceptInProgress()
    {
        if (_entries.Count > 0)
            OffsetInProgress = End;
        if (Snapshot is not null)
            _snapshotInProgress = true;
    }

    /// <summary>Entries up to <paramref name="id"/> are saved, and no save under way will overwrite them.</summary>
    public void StableTo(EntryId id)
    {
        if (!TryTerm(id.Index, out ulong term))
        {
            lines.Write(RaftLogLevel.Debug, $"entry at index {id.Index} missing from unstable log; ignoring");
            return;
        }
        if (id.Index < Offset)
        {
            lines.Write(RaftLogLevel.Info, $"entry at index {id.Index} matched unstable snapshot; ignoring");
            return;
        }
        if (term != id.Term)
        {
            // Part of the tail was replaced between the start and the end of this save.
            lines.Write(RaftLogLevel.Info, $"entry at (index,term)=({id.Index},{id.Term}) mismatched with entry at ({id.Index},{term}) in unstable log; ignoring");
            return;
        }
        _entries.DropFirst((int)(id.Index + 1 - Offset));
        Offset = id.Index + 1;
        OffsetInProgress = Math.Max(OffsetInProgress, Offset);
    }

    public void StableSnapTo(ulong index)
    {
        if (Snapshot?.Metadata.Index != index)
            return;
        Snapshot = null;
        _snapshotInProgress = false;
    }

    /// <summary>Replaces everything by a snapshot that came from the leader.</summary>
    public void Restore(Snapshot snapshot)
    {
        Start(snapshot.Metadata.Index + 1);
        _entries.Truncate(0);
        Snapshot = snapshot;
        _snapshotInProgress = false;
    }

    /// <summary>Adds entries, replacing what is at their indexes and after.</summary>
    public void TruncateAndAppend(ReadOnlySpan<Entry> entries)
    {
        Truncate(entries[0].Index);
        _entries.Append(entries);
    }

    /// <summary>Adds places after the last entry, which the caller fills at once.</summary>
    public Span<Entry> Extend(int count) => _entries.Extend(count);

    private void Truncate(ulong fromIndex)
    {
        if (fromIndex == End)
            return;
        if (fromIndex <= Offset)
        {
            lines.Write(RaftLogLevel.Info, $"replace the unstable entries from index {fromIndex}");
            _entries.Truncate(0);
            Start(fromIndex);
            return;
        }
        lines.Write(RaftLogLevel.Info, $"truncate the unstable entries before index {fromIndex}");
        Invariant.Holds(fromIndex < End, $"unstable.slice[{Offset},{fromIndex}) out of bound [{Offset},{End}]");
        _entries.Truncate((int)(fromIndex - Offset));
        OffsetInProgress = Math.Min(OffsetInProgress, fromIndex);
    }
}
