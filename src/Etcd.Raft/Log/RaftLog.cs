using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>The replicated log: the stable part in storage, the rest in <see cref="UnstableLog"/>, and three marks on it.</summary>
/// <remarks><code>
///   FirstIndex ... Applied ... Applying ... Committed ... LastIndex
/// </code>
/// Each mark only moves right. Committed may pass the end of what is saved here: a quorum elsewhere holds it.</remarks>
internal sealed class RaftLog
{
    private readonly IRaftStorage _storage;
    private readonly RaftLines _lines;
    private readonly UnstableLog _unstable;

    // Committed entries handed out and not yet applied are bounded: pause when the bound is reached or would be passed.
    private readonly ulong _maxApplyingBytes;
    private ulong _applyingBytes;
    private bool _applyingPaused;

    public RaftLog(IRaftStorage storage, RaftLines lines, ulong maxApplyingBytes)
    {
        _storage = storage;
        _lines = lines;
        _maxApplyingBytes = maxApplyingBytes;
        _unstable = new UnstableLog(lines);
        _unstable.Start(storage.LastIndex + 1);
        Committed = Applying = Applied = storage.FirstIndex - 1;
    }

    /// <summary>Highest index known to be on a quorum's disks.</summary>
    public ulong Committed { get; private set; }

    /// <summary>Highest index that was handed out to be applied.</summary>
    public ulong Applying { get; private set; }

    /// <summary>Highest index that is applied.</summary>
    public ulong Applied { get; private set; }

    /// <summary>Bytes of committed entries that one scan may read at once.</summary>
    public ulong MaxApplyingBytes => _maxApplyingBytes;

    public ulong FirstIndex => _unstable.Snapshot is { } snapshot ? snapshot.Metadata.Index + 1 : _storage.FirstIndex;

    public ulong LastIndex => _unstable.TryLastIndex(out ulong index) ? index : _storage.LastIndex;

    public EntryId LastId
    {
        get
        {
            ulong index = LastIndex;
            RaftError? error = Term(index, out ulong term);
            Invariant.Holds(error is null, $"unexpected error when getting the last term ({error})");
            return new EntryId(term, index);
        }
    }

    public ArraySegment<Entry> NextUnstableEntries => _unstable.NextEntries;

    public bool HasNextUnstableEntries => _unstable.NextEntries.Count > 0;

    /// <summary>Entries wait to be saved or are being saved.</summary>
    public bool HasUnstableEntries => _unstable.Count > 0;

    /// <summary>A snapshot that nobody was asked to save yet.</summary>
    public Snapshot? NextUnstableSnapshot => _unstable.NextSnapshot;

    /// <summary>A snapshot waits to be saved or is being saved; nothing else may be applied meanwhile.</summary>
    public bool HasUnstableSnapshot => _unstable.Snapshot is not null;

    /// <summary>A follower's append (paper §5.3): false if the log has no entry <paramref name="previous"/>.</summary>
    /// <param name="lastNew">Index of the last entry that the leader is known to agree with.</param>
    public bool TryAppend(EntryId previous, ReadOnlySpan<Entry> entries, ulong leaderCommit, out ulong lastNew)
    {
        lastNew = 0;
        if (!Matches(previous))
            return false;
        lastNew = previous.Index + (ulong)entries.Length;
        ulong conflict = FindConflict(entries);
        if (conflict != 0)
        {
            Invariant.Holds(conflict > Committed, $"entry {conflict} conflict with committed entry [committed({Committed})]");
            Append(entries[(int)(conflict - previous.Index - 1)..]);
        }
        CommitTo(Math.Min(leaderCommit, lastNew));
        return true;
    }

    public void Append(ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty)
            return;
        ulong after = entries[0].Index - 1;
        Invariant.Holds(after >= Committed, $"after({after}) is out of range [committed({Committed})]");
        _unstable.TruncateAndAppend(entries);
    }

    /// <summary>A leader's append: proposals get their place and the leader's term.</summary>
    /// <returns>The new last index.</returns>
    public ulong AppendProposals(ReadOnlySpan<Entry> proposals, ulong term)
    {
        ulong index = LastIndex;
        Span<Entry> places = _unstable.Extend(proposals.Length);
        for (int i = 0; i < proposals.Length; i++)
            places[i] = new Entry(term, ++index, proposals[i].Type, proposals[i].Data);
        return index;
    }

    /// <summary>First index at which the log differs from or ends before <paramref name="entries"/>; 0 if it holds them all.</summary>
    public ulong FindConflict(ReadOnlySpan<Entry> entries)
    {
        foreach (ref readonly Entry entry in entries)
        {
            if (Matches(new EntryId(entry.Term, entry.Index)))
                continue;
            if (entry.Index <= LastIndex)
                _lines.Write(RaftLogLevel.Info, $"found conflict at index {entry.Index} [existing term: {TermOrZero(entry.Index)}, conflicting term: {entry.Term}]");
            return entry.Index;
        }
        return 0;
    }

    /// <summary>Where this log may last agree with another one of which only the entry (<paramref name="term"/>, <paramref name="index"/>) is known.</summary>
    /// <remarks>Terms only grow along a log, so entries of a higher term than the other's cannot agree: skip them in one
    /// step instead of one round trip each.</remarks>
    /// <returns>The highest index up to <paramref name="index"/> whose term is at most <paramref name="term"/> or unknown (then 0).</returns>
    public EntryId FindConflictByTerm(ulong index, ulong term)
    {
        for (; index > 0; index--)
        {
            if (Term(index, out ulong ownTerm) is not null)
                return new EntryId(0, index);
            if (ownTerm <= term)
                return new EntryId(ownTerm, index);
        }
        return default;
    }

    /// <summary>Committed entries to apply next, at least one if there are any, within the bound on unapplied bytes.</summary>
    /// <param name="allowUnstable">Also entries that are not known to be saved here.</param>
    public ReadOnlyMemory<Entry> NextCommittedEntries(bool allowUnstable)
    {
        if (!HasNextCommittedEntries(allowUnstable))
            return default;
        Invariant.Holds(_applyingBytes < _maxApplyingBytes, $"applying entry size ({_maxApplyingBytes}-{_applyingBytes}) not positive");
        RaftError? error = Slice(Applying + 1, MaxAppliableIndex(allowUnstable) + 1, _maxApplyingBytes - _applyingBytes, out ReadOnlyMemory<Entry> entries);
        Invariant.Holds(error is null, $"unexpected error when getting unapplied entries ({error})");
        return entries;
    }

    public bool HasNextCommittedEntries(bool allowUnstable) =>
        !_applyingPaused && !HasUnstableSnapshot && Applying < MaxAppliableIndex(allowUnstable);

    /// <summary>The newest snapshot, to be sent to a follower.</summary>
    public RaftError? Snapshot(out Snapshot snapshot)
    {
        if (_unstable.Snapshot is null)
            return _storage.Snapshot(out snapshot);
        snapshot = _unstable.Snapshot;
        return null;
    }

    /// <summary>Moves the commit mark forward; a late message may carry less, which is ignored.</summary>
    public void CommitTo(ulong index)
    {
        if (index <= Committed)
            return;
        Invariant.Holds(index <= LastIndex, $"tocommit({index}) is out of range [lastIndex({LastIndex})]. Was the raft log corrupted, truncated, or lost?");
        Committed = index;
    }

    /// <param name="bytes">Encoded size of the entries applied by this step.</param>
    public void AppliedTo(ulong index, ulong bytes)
    {
        Invariant.Holds(index <= Committed && index >= Applied, $"applied({index}) is out of range [prevApplied({Applied}), committed({Committed})]");
        Applied = index;
        Applying = Math.Max(Applying, index);
        _applyingBytes -= Math.Min(_applyingBytes, bytes);
        _applyingPaused = _applyingBytes >= _maxApplyingBytes;
    }

    /// <summary>The entries up to <paramref name="index"/> were handed out to be applied.</summary>
    public void AcceptApplying(ulong index, ulong bytes, bool allowUnstable)
    {
        Invariant.Holds(index <= Committed, $"applying({index}) is out of range [prevApplying({Applying}), committed({Committed})]");
        Applying = index;
        _applyingBytes += bytes;
        // Less was handed out than there is: the next entry would have passed the bound.
        _applyingPaused = _applyingBytes >= _maxApplyingBytes || index < MaxAppliableIndex(allowUnstable);
    }

    public void StableTo(EntryId id) => _unstable.StableTo(id);

    public void StableSnapTo(ulong index) => _unstable.StableSnapTo(index);

    public void AcceptUnstable() => _unstable.AcceptInProgress();

    /// <summary>Term of an entry in [FirstIndex - 1, LastIndex].</summary>
    public RaftError? Term(ulong index, out ulong term)
    {
        if (_unstable.TryTerm(index, out term))
            return null;
        if (index + 1 < FirstIndex)
            return RaftError.Compacted;
        return index > LastIndex ? RaftError.Unavailable : _storage.Term(index, out term);
    }

    public ulong TermOrZero(ulong index) => Term(index, out ulong term) is null ? term : 0;

    public bool Matches(EntryId id) => Term(id.Index, out ulong term) is null && term == id.Term;

    /// <summary>Entries from <paramref name="from"/> on, at least one if there are any.</summary>
    public RaftError? Entries(ulong from, ulong maxBytes, out ReadOnlyMemory<Entry> entries)
    {
        entries = default;
        ulong last = LastIndex;
        return from > last ? null : Slice(from, last + 1, maxBytes, out entries);
    }

    /// <summary>A candidate may only win with a log at least as complete as the voter's (paper §5.4.1).</summary>
    public bool IsUpToDate(EntryId candidate)
    {
        EntryId own = LastId;
        return candidate.Term > own.Term || (candidate.Term == own.Term && candidate.Index >= own.Index);
    }

    /// <summary>A leader commits only entries of its own term by counting; older ones come along (paper §5.4.2).</summary>
    public bool TryCommit(EntryId id)
    {
        if (id.Index <= Committed || id.Term == 0 || TermOrZero(id.Index) != id.Term)
            return false;
        CommitTo(id.Index);
        return true;
    }

    /// <summary>Replaces the whole log by a snapshot.</summary>
    public void Restore(Snapshot snapshot)
    {
        _lines.Write(RaftLogLevel.Info, $"log [{this}] starts to restore snapshot [index: {snapshot.Metadata.Index}, term: {snapshot.Metadata.Term}]");
        Committed = snapshot.Metadata.Index;
        _unstable.Restore(snapshot);
    }

    /// <summary>Restores the commit mark that was saved before a restart.</summary>
    public void LoadCommitted(ulong index) => Committed = index;

    /// <summary>Entries [lo, hi), at least one, cut at <paramref name="maxBytes"/>.</summary>
    public RaftError? Slice(ulong lo, ulong hi, ulong maxBytes, out ReadOnlyMemory<Entry> entries)
    {
        entries = default;
        Invariant.Holds(lo <= hi, $"invalid slice {lo} > {hi}");
        if (lo < FirstIndex)
            return RaftError.Compacted;
        Invariant.Holds(hi <= LastIndex + 1, $"slice[{lo},{hi}) out of bound [{FirstIndex},{LastIndex}]");
        if (lo == hi)
            return null;
        if (lo >= _unstable.Offset)
        {
            ArraySegment<Entry> unstable = _unstable.Slice(lo, hi);
            entries = unstable[..EntrySize.Limit(unstable, maxBytes)];
            return null;
        }
        ulong storedEnd = Math.Min(hi, _unstable.Offset);
        RaftError? error = _storage.Entries(lo, storedEnd, maxBytes, out entries);
        Invariant.Holds(error != RaftError.Unavailable, $"entries[{lo}:{storedEnd}) is unavailable from storage");
        if (error is not null || hi == storedEnd || (ulong)entries.Length < storedEnd - lo)
            return error;
        entries = Join(entries.Span, _unstable.Slice(storedEnd, hi), maxBytes);
        return null;
    }

    public override string ToString() =>
        $"committed={Committed}, applied={Applied}, applying={Applying}, unstable.offset={_unstable.Offset}, unstable.offsetInProgress={_unstable.OffsetInProgress}, len(unstable.Entries)={_unstable.Count}";

    private static ReadOnlyMemory<Entry> Join(ReadOnlySpan<Entry> stored, ReadOnlySpan<Entry> unstable, ulong maxBytes)
    {
        var joined = new Entry[stored.Length + unstable.Length];
        stored.CopyTo(joined);
        unstable.CopyTo(joined.AsSpan(stored.Length));
        return joined.AsMemory(0, EntrySize.Limit(joined, maxBytes));
    }

    private ulong MaxAppliableIndex(bool allowUnstable) =>
        allowUnstable ? Committed : Math.Min(Committed, _unstable.Offset - 1);
}
