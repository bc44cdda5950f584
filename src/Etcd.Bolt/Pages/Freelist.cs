using System.Runtime.InteropServices;
using Etcd.Bolt.Format;

namespace Etcd.Bolt.Pages;

/// <summary>Pages of one database file that are free now or will be soon.</summary>
/// <remarks>
/// <para>A page only moves one way round: in use, pending (a write transaction gave it up), free (no open reader can still
/// see it), in use. Owned by the single writer; not thread-safe.</para>
/// <para>A page that transaction A began to use and transaction F gave up is seen by the states A to F - 1. It becomes free
/// when no reader of one of those is open, so a long reader pins what it sees and not all that has changed since.</para>
/// </remarks>
internal sealed class Freelist
{
    private readonly record struct Run(ulong First, uint Count, uint AllocatedBy)
    {
        public ulong End => First + Count;
    }

    private sealed record Batch(ulong TransactionId, List<Run> Runs);

    // Never the meta pages 0 and 1; disjoint from _pending.
    private readonly PageBitmap _free = new();
    private readonly PageBitmap _pending = new();

    // What is in _pending, by the transaction that gave it up, ascending; never an empty batch.
    private readonly List<Batch> _batches = [];

    // What the open transaction took out of _free, to be put back if it fails.
    private readonly List<Run> _taken = [];
    private readonly List<Run> _current = [];

    // By page: the transaction that began to use it, counted from the one that was current at open; 0 if it is older.
    private uint[] _allocatedBy = [];
    private readonly ulong _epoch;

    /// <param name="transactionId">The last commit.</param>
    public Freelist(ulong transactionId) => _epoch = transactionId;

    public long FreePages => _free.Count;

    public long PendingPages => _pending.Count;

    public bool IsFree(ulong page) => _free.Contains(page);

    public bool IsPending(ulong page) => _pending.Contains(page);

    /// <summary>Adds a page found free at open.</summary>
    /// <returns>False if it was known already.</returns>
    public bool AddFree(ulong page) => _free.Add(page);

    /// <summary>Frees what no reader can see any more. Call at the start of a write transaction.</summary>
    /// <param name="readers">States with open readers except the current one, ascending. The current one needs no mention:
    /// nothing that is pending belongs to it.</param>
    public void Release(ReadOnlySpan<ulong> readers)
    {
        foreach (Batch batch in _batches)
            ReleaseFrom(batch, readers);
        _batches.RemoveAll(static b => b.Runs.Count == 0);
    }

    /// <summary>Takes neighbouring free pages, the lowest there are.</summary>
    public bool TryTake(long count, ulong transactionId, out PageId first)
    {
        bool isTaken = _free.TryTakeRun(count, out ulong page);
        first = new PageId(page);
        if (isTaken)
        {
            _taken.Add(new Run(page, (uint)count, 0));
            NoteAllocation(page, count, transactionId);
        }
        return isTaken;
    }

    /// <summary>Remembers which transaction began to use pages; also for those from above the high water mark.</summary>
    public void NoteAllocation(ulong first, long count, ulong transactionId)
    {
        int end = checked((int)(first + (ulong)count));
        if (end > _allocatedBy.Length)
            Array.Resize(ref _allocatedBy, Math.Max(end, _allocatedBy.Length + (_allocatedBy.Length / 2)));
        _allocatedBy.AsSpan(end - (int)count, (int)count).Fill(Age(transactionId));
    }

    /// <summary>Gives pages up: pending until the transaction has committed and no reader sees them.</summary>
    /// <returns>False if one of them is free or pending already: two parts of the tree claim it.</returns>
    public bool TryGiveUp(PageId first, long count)
    {
        uint allocatedBy = first.Number < (ulong)_allocatedBy.Length ? _allocatedBy[first.Number] : 0;
        var run = new Run(first.Number, (uint)count, allocatedBy);
        for (ulong page = run.First; page < run.End; page++)
        {
            if (_free.Contains(page) || _pending.Contains(page))
                return false;
        }
        for (ulong page = run.First; page < run.End; page++)
            _pending.Add(page);
        _current.Add(run);
        return true;
    }

    public void Commit(ulong transactionId)
    {
        if (_current.Count > 0)
            _batches.Add(new Batch(transactionId, [.. _current]));
        _current.Clear();
        _taken.Clear();
    }

    public void Rollback()
    {
        foreach (Run run in _current)
            Unmark(run);
        foreach (Run run in _taken)
            MakeFree(run);
        _current.Clear();
        _taken.Clear();
    }

    /// <summary>Bytes of the list as a page, header included.</summary>
    public long StoredBytes
    {
        get
        {
            long count = FreePages + PendingPages;
            return PageFormat.HeaderBytes + ((count >= ushort.MaxValue ? count + 1 : count) * sizeof(ulong));
        }
    }

    /// <summary>Writes free and pending pages as one ascending list: after a restart there are no readers, so all are free.</summary>
    /// <param name="page">At least <see cref="StoredBytes"/> zeroed bytes.</param>
    public void Store(Span<byte> page, PageId id, uint overflow)
    {
        ulong[] all = [.. _free.Members(), .. _pending.Members()];
        Array.Sort(all);
        // 0xFFFF in the header means: the first number is the count.
        bool isLong = all.Length >= ushort.MaxValue;
        var header = new PageHeader(id.Number, PageFormat.FreelistFlag, isLong ? ushort.MaxValue : (ushort)all.Length, overflow);
        MemoryMarshal.Write(page, header);
        Span<ulong> numbers = MemoryMarshal.Cast<byte, ulong>(page[PageFormat.HeaderBytes..]);
        if (isLong)
        {
            numbers[0] = (ulong)all.Length;
            numbers = numbers[1..];
        }
        all.CopyTo(numbers);
    }

    private void ReleaseFrom(Batch batch, ReadOnlySpan<ulong> readers)
    {
        // A run given up by F and allocated by A is pinned if a reader of A..F-1 is open: if the newest reader before F is not before A.
        ulong newest = 0;
        bool isPinned = false;
        foreach (ulong reader in readers)
        {
            if (reader < batch.TransactionId)
                (newest, isPinned) = (reader, true);
        }
        int kept = 0;
        Span<Run> runs = CollectionsMarshal.AsSpan(batch.Runs);
        foreach (Run run in runs)
        {
            if (isPinned && run.AllocatedBy <= Age(newest))
            {
                runs[kept++] = run;
                continue;
            }
            Unmark(run);
            MakeFree(run);
        }
        batch.Runs.RemoveRange(kept, runs.Length - kept);
    }

    // Saturates after 2^32 commits: then pages look older than they are and are only kept longer.
    private uint Age(ulong transactionId) => transactionId <= _epoch ? 0 : (uint)Math.Min(transactionId - _epoch, uint.MaxValue);

    private void Unmark(Run run)
    {
        for (ulong page = run.First; page < run.End; page++)
            _pending.Remove(page);
    }

    private void MakeFree(Run run)
    {
        for (ulong page = run.First; page < run.End; page++)
            _free.Add(page);
    }
}
