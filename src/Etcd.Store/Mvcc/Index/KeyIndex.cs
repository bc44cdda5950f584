using System.Runtime.InteropServices;
using Etcd.Foundation;

namespace Etcd.Store.Mvcc.Index;

/// <summary>Every user key that has a revision, in byte-wise order: a B+tree whose pages are copied before they are changed,
/// so that published states stay as they are.</summary>
/// <remarks>
/// Writer only. A batch of changes becomes visible to readers as one <see cref="IndexSnapshot"/>; pages that the batch made itself are changed
/// in place. Every change is a <see cref="Seek"/> followed by at most one of <see cref="Write"/> and <see cref="Remove"/>.
/// </remarks>
internal sealed class KeyIndex
{
    private readonly PageArena _arena = new();
    private readonly IdTable<byte[]> _longKeys = new();
    private readonly IdTable<KeyHistory> _histories = new();
    private readonly PageScratch _scratch = new();
    private readonly Queue<IndexSnapshot> _unrecycled = new();
    // Where the last Seek went: page and slot per level; in the leaf, the key's slot or where it belongs.
    private readonly int[] _pages = new int[IndexView.MaxDepth];
    private readonly int[] _slots = new int[IndexView.MaxDepth];
    private readonly byte[] _lastInserted = new byte[IndexPage.InlineKeyBytes];
    private int _lastInsertedLength = -1;
    private int _leafLevel;
    private bool _found;
    private int _root;
    private RetiredItems _retired = new();
    private IndexSnapshot _current;

    public KeyIndex()
    {
        _root = _arena.Allocate();
        _arena.Page(_root).Clear(leaf: true, prefix: default);
        _current = new IndexSnapshot(View, currentRevision: 1, compactedRevision: -1);
        _arena.NextBatch();
    }

    /// <summary>The state with everything that was written, for the writer's own reads.</summary>
    public IndexView View => new(_arena.Slabs, new LongKeys(_longKeys.Items), _histories.Items, _root);

    /// <summary>The published state. Any thread; pin it before use.</summary>
    public IndexSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Bytes of index pages, without long keys and histories.</summary>
    public long PageBytes => _arena.Bytes;

    public int FreePages => _arena.FreePages;

    public int HistoryCount => _histories.Count;

    /// <summary>Snapshots that keep replaced pages from being reused.</summary>
    public int UnrecycledSnapshots => _unrecycled.Count;

    /// <summary>Pins the current snapshot. Any thread; the caller unpins it soon.</summary>
    public IndexSnapshot Pin()
    {
        while (true)
        {
            IndexSnapshot snapshot = Current;
            if (snapshot.TryPin())
                return snapshot;
        }
    }

    /// <summary>Finds a key, deleted ones included.</summary>
    public bool Seek(ReadOnlySpan<byte> key, out KeyEntry entry)
    {
        var longKeys = new LongKeys(_longKeys.Items);
        int level = 0;
        int id = _root;
        IndexPage page = _arena.Page(id);
        while (!page.IsLeaf)
        {
            Invariant.Holds(level < IndexView.MaxDepth - 1, "the key index is deeper than it can be");
            int slot = page.ChildSlot(key, longKeys);
            (_pages[level], _slots[level]) = (id, slot);
            id = page.Child(slot);
            page = _arena.Page(id);
            level++;
        }
        _leafLevel = level;
        _pages[level] = id;
        _slots[level] = page.LowerBound(key, longKeys, out _found);
        entry = _found ? page.Entry(_slots[level]) : default;
        return _found;
    }

    /// <summary>Stores the entry of the key that was sought last.</summary>
    public void Write(ReadOnlySpan<byte> key, in KeyEntry entry)
    {
        MakePathWritable();
        IndexPage leaf = _arena.Page(_pages[_leafLevel]);
        int slot = _slots[_leafLevel];
        if (_found)
        {
            AddLive(entry.Live - leaf.Entry(slot).Live);
            leaf.SetEntry(slot, entry);
            return;
        }
        AddLive(entry.Live);
        ReadOnlySpan<byte> inline = Inline(key);
        int longId = AddLongKey(key);
        ReadOnlySpan<byte> payload = MemoryMarshal.AsBytes(new ReadOnlySpan<KeyEntry>(in entry));
        if (!leaf.TryInsert(slot, inline, longId, payload))
            InsertBySplitting(_leafLevel, slot, inline, longId, payload);
        inline.CopyTo(_lastInserted);
        _lastInsertedLength = inline.Length;
    }

    /// <summary>Forgets the key that was found last, and its history.</summary>
    public void Remove()
    {
        Invariant.Holds(_found, "only a key that was found can be removed");
        MakePathWritable();
        IndexPage leaf = _arena.Page(_pages[_leafLevel]);
        int slot = _slots[_leafLevel];
        KeyEntry entry = leaf.Entry(slot);
        AddLive(-entry.Live);
        if (entry.History != 0)
            _retired.Histories.Add(entry.History);
        RetireLongKey(leaf.LongId(slot));
        leaf.Remove(slot);
        _found = false;
        Shrink(_leafLevel);
    }

    /// <summary>Moves the entry's newest revision into its history, before a newer one takes its place.</summary>
    public void PushHistory(ref KeyEntry entry)
    {
        if (entry.History == 0)
        {
            var history = new KeyHistory(capacity: 1);
            history.Append(entry.Mod, entry.IsTombstone);
            entry.History = _histories.Add(history);
            return;
        }
        _histories.Get(entry.History).Append(entry.Mod, entry.IsTombstone);
    }

    public KeyHistory? HistoryOf(in KeyEntry entry) => entry.History == 0 ? null : _histories.Get(entry.History);

    /// <summary>Drops the first revisions of the entry's history. Readers of published snapshots still see them.</summary>
    public void TrimHistory(ref KeyEntry entry, int dropped)
    {
        if (dropped == 0)
            return;
        KeyHistory? rest = _histories.Get(entry.History).Without(dropped);
        _retired.Histories.Add(entry.History);
        entry.History = rest is null ? 0 : _histories.Add(rest);
    }

    /// <summary>Makes everything written so far the state that readers get, and reuses what none of them can reach.</summary>
    public void Publish(long currentRevision, long compactedRevision)
    {
        IndexSnapshot old = _current;
        // What was replaced since `old` was published is still reachable from it.
        old.Retired.Pages.AddRange(_retired.Pages);
        old.Retired.Histories.AddRange(_retired.Histories);
        old.Retired.LongKeys.AddRange(_retired.LongKeys);
        _retired = new RetiredItems();
        Volatile.Write(ref _current, new IndexSnapshot(View, currentRevision, compactedRevision));
        _arena.NextBatch();
        old.Unpin();
        _unrecycled.Enqueue(old);
        // In order: a page that went out of use after `old` may be reachable from every snapshot before it.
        while (_unrecycled.TryPeek(out IndexSnapshot? oldest) && oldest.IsUnpinned)
            Recycle(_unrecycled.Dequeue().Retired);
    }

    private void Recycle(RetiredItems retired)
    {
        foreach (int page in retired.Pages)
            _arena.Free(page);
        foreach (int history in retired.Histories)
            _histories.Free(history);
        foreach (int longKey in retired.LongKeys)
            _longKeys.Free(longKey);
    }

    private static ReadOnlySpan<byte> Inline(ReadOnlySpan<byte> key) => key[..Math.Min(key.Length, IndexPage.InlineKeyBytes)];

    private int AddLongKey(ReadOnlySpan<byte> key) => key.Length <= IndexPage.InlineKeyBytes ? 0 : _longKeys.Add(key.ToArray());

    private void RetireLongKey(int longId)
    {
        if (longId != 0)
            _retired.LongKeys.Add(longId);
    }

    // A page of this batch was never published, so it can be reused at once.
    private void DropPage(int page)
    {
        if (_arena.IsWritable(page))
            _arena.Free(page);
        else
            _retired.Pages.Add(page);
    }

    private void MakePathWritable()
    {
        for (int level = 0; level <= _leafLevel; level++)
        {
            int page = _pages[level];
            if (_arena.IsWritable(page))
                continue;
            int copy = _arena.Copy(page);
            _retired.Pages.Add(page);
            _pages[level] = copy;
            if (level == 0)
                _root = copy;
            else
                _arena.Page(_pages[level - 1]).SetChild(_slots[level - 1], copy);
        }
    }

    private void AddLive(int change)
    {
        if (change == 0)
            return;
        for (int level = 0; level < _leafLevel; level++)
        {
            IndexPage branch = _arena.Page(_pages[level]);
            branch.SetLive(_slots[level], branch.Live(_slots[level]) + change);
        }
    }

    private void InsertBySplitting(int level, int slot, ReadOnlySpan<byte> inlineKey, int longId, ReadOnlySpan<byte> payload)
    {
        IndexPage left = _arena.Page(_pages[level]);
        bool leaf = left.IsLeaf;
        bool ascending = leaf && slot == left.Count && IsLastInserted(left, slot - 1);
        _scratch.Clear(leaf);
        _scratch.AddAll(left);
        _scratch.Insert(slot, inlineKey, longId, payload);
        if (_scratch.PageBytes(0, _scratch.Count) <= IndexPage.Bytes)
        {
            _scratch.Build(left, 0, _scratch.Count); // Garbage or a prefix that is too long was in the way.
            return;
        }
        int cut = ChooseCut(slot, ascending);
        int rightPage = _arena.Allocate();
        IndexPage right = _arena.Page(rightPage);
        _scratch.Build(left, 0, cut);
        _scratch.Build(right, cut, _scratch.Count);
        (byte[] separator, int separatorId) = leaf ? ShortestSeparator(cut) : (_scratch.InlineKey(cut).ToArray(), _scratch.LongId(cut));
        InsertChild(level, left.CountLive(left.Count), separator, separatorId, rightPage, right.CountLive(right.Count));
    }

    private int ChooseCut(int inserted, bool ascending)
    {
        // Ascending keys never come back to the left page: leave it full.
        int cut = ascending ? _scratch.Count - 1 : _scratch.MiddleByBytes();
        if (_scratch.PageBytes(0, cut) <= IndexPage.Bytes && _scratch.PageBytes(cut, _scratch.Count) <= IndexPage.Bytes)
            return cut;
        // The new key shares less with the others than they share among themselves, so it is the first or the last.
        cut = inserted == 0 ? 1 : inserted;
        Invariant.Holds(
            _scratch.PageBytes(0, cut) <= IndexPage.Bytes && _scratch.PageBytes(cut, _scratch.Count) <= IndexPage.Bytes,
            $"cannot split an index page of {_scratch.Count} keys at {cut}");
        return cut;
    }

    private bool IsLastInserted(IndexPage page, int slot)
    {
        if (slot < 0 || _lastInsertedLength != page.PrefixLength + page.Suffix(slot).Length)
            return false;
        ReadOnlySpan<byte> last = _lastInserted.AsSpan(0, _lastInsertedLength);
        return last.StartsWith(page.Prefix) && last[page.PrefixLength..].SequenceEqual(page.Suffix(slot));
    }

    // The shortest key that is above everything left of the cut and not above anything right of it.
    private (byte[] Inline, int LongId) ShortestSeparator(int cut)
    {
        ReadOnlySpan<byte> last = WholeKey(cut - 1);
        ReadOnlySpan<byte> first = WholeKey(cut);
        ReadOnlySpan<byte> separator = first[..(last.CommonPrefixLength(first) + 1)];
        return (Inline(separator).ToArray(), AddLongKey(separator));
    }

    private ReadOnlySpan<byte> WholeKey(int index) =>
        _scratch.LongId(index) == 0 ? _scratch.InlineKey(index) : _longKeys.Get(_scratch.LongId(index));

    private void InsertChild(int level, int leftLive, byte[] separator, int separatorId, int rightPage, int rightLive)
    {
        Span<byte> payload = stackalloc byte[IndexPage.BranchPayloadBytes];
        if (level == 0)
        {
            int oldRoot = _root;
            _root = _arena.Allocate();
            IndexPage root = _arena.Page(_root);
            root.Clear(leaf: false, prefix: default);
            root.Append(0, default, 0, BranchPayload(payload, oldRoot, leftLive));
            root.Append(1, separator, separatorId, BranchPayload(payload, rightPage, rightLive));
            return;
        }
        IndexPage parent = _arena.Page(_pages[level - 1]);
        int slot = _slots[level - 1];
        parent.SetLive(slot, leftLive);
        if (!parent.TryInsert(slot + 1, separator, separatorId, BranchPayload(payload, rightPage, rightLive)))
            InsertBySplitting(level - 1, slot + 1, separator, separatorId, payload);
    }

    private static Span<byte> BranchPayload(Span<byte> payload, int child, int live)
    {
        MemoryMarshal.Write(payload, child);
        MemoryMarshal.Write(payload[sizeof(int)..], live);
        return payload;
    }

    // After an entry went out of the page at this level.
    private void Shrink(int level)
    {
        for (; level > 0; level--)
        {
            IndexPage page = _arena.Page(_pages[level]);
            if (page.Count == 0)
            {
                DropPage(_pages[level]);
                RemoveChild(level - 1, _slots[level - 1]);
            }
            else if (page.UsedBytes >= IndexPage.Bytes / 4 || !TryMerge(level))
            {
                return;
            }
        }
        IndexPage root = _arena.Page(_root);
        while (!root.IsLeaf && root.Count == 1)
        {
            int child = root.Child(0);
            DropPage(_root);
            _root = child;
            root = _arena.Page(_root);
        }
        if (!root.IsLeaf && root.Count == 0)
            root.Clear(leaf: true, prefix: default);
    }

    private void RemoveChild(int level, int slot)
    {
        IndexPage branch = _arena.Page(_pages[level]);
        RetireLongKey(branch.LongId(slot));
        branch.Remove(slot);
        if (slot == 0 && branch.Count > 0)
        {
            RetireLongKey(branch.LongId(0));
            branch.DropFirstKey();
        }
    }

    // Joins a small page with a neighbour under the same parent, if both fit into one with room to grow.
    private bool TryMerge(int level)
    {
        IndexPage parent = _arena.Page(_pages[level - 1]);
        int slot = _slots[level - 1];
        int leftSlot = slot + 1 < parent.Count ? slot : slot - 1;
        if (leftSlot < 0)
            return false;
        int leftPage = parent.Child(leftSlot);
        int rightPage = parent.Child(leftSlot + 1);
        IndexPage left = _arena.Page(leftPage);
        _scratch.Clear(left.IsLeaf);
        _scratch.AddAll(left);
        int boundary = _scratch.Count;
        _scratch.AddAll(_arena.Page(rightPage));
        int separatorId = parent.LongId(leftSlot + 1);
        if (!left.IsLeaf)
            _scratch.SetKey(boundary, [.. parent.Prefix, .. parent.Suffix(leftSlot + 1)], separatorId);
        if (_scratch.PageBytes(0, _scratch.Count) > IndexPage.Bytes * 3 / 4)
            return false;
        int merged = _pages[level];
        _scratch.Build(_arena.Page(merged), 0, _scratch.Count);
        DropPage(merged == leftPage ? rightPage : leftPage);
        if (left.IsLeaf)
            RetireLongKey(separatorId);
        int live = parent.Live(leftSlot) + parent.Live(leftSlot + 1);
        parent.Remove(leftSlot + 1);
        parent.SetChild(leftSlot, merged);
        parent.SetLive(leftSlot, live);
        return true;
    }
}
