using System.Diagnostics;
using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc.Index;

/// <summary>Whole keys that are longer than what an <see cref="IndexPage"/> keeps inline.</summary>
internal readonly struct LongKeys(byte[]?[] items)
{
    public byte[] Get(int id) => IdTable<byte[]>.Get(items, id);
}

/// <summary>One unchanging state of the key index. Any thread may read it while its <see cref="IndexSnapshot"/> is pinned
/// (the writer: at once).</summary>
internal readonly struct IndexView(byte[][] slabs, LongKeys longKeys, KeyHistory?[] histories, int root)
{
    /// <summary>Levels that a tree can have: even with 4 children per branch this is more keys than memory holds.</summary>
    public const int MaxDepth = 24;

    public int Root => root;

    public LongKeys LongKeys => longKeys;

    public IndexPage Page(int page) => PageArena.Page(slabs, page);

    /// <summary>Finds a key, deleted ones included.</summary>
    public bool TryFind(ReadOnlySpan<byte> key, out KeyEntry entry)
    {
        IndexPage page = Page(root);
        while (!page.IsLeaf)
            page = Page(page.Child(page.ChildSlot(key, longKeys)));
        int slot = page.LowerBound(key, longKeys, out bool found);
        entry = found ? page.Entry(slot) : default;
        return found;
    }

    /// <summary>The revision of the key that counts at main revision <paramref name="atMain"/>.</summary>
    /// <returns>False if the key did not exist then.</returns>
    public bool TryResolve(in KeyEntry entry, long atMain, out Revision revision) =>
        TryResolve(entry, atMain, out revision, out bool tombstone) && !tombstone;

    /// <summary>The newest revision of the key, deletions included, whose main part is at most <paramref name="atMain"/>.</summary>
    /// <returns>False if there is none that was not compacted away.</returns>
    public bool TryResolve(in KeyEntry entry, long atMain, out Revision revision, out bool tombstone)
    {
        if (entry.ModMain <= atMain)
        {
            revision = entry.Mod;
            tombstone = entry.IsTombstone;
            return true;
        }
        if (entry.History != 0)
            return IdTable<KeyHistory>.Get(histories, entry.History).TryFind(atMain, out revision, out tombstone);
        revision = default;
        tombstone = false;
        return false;
    }

    /// <summary>How many keys of the half-open range exist in this state, without visiting them.</summary>
    /// <param name="rangeEnd">Exclusive; null: no end.</param>
    public long CountLive(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd, bool hasEnd)
    {
        long below = CountLiveBelow(key);
        long upTo = hasEnd ? CountLiveBelow(rangeEnd) : CountLiveTotal();
        return Math.Max(0, upTo - below);
    }

    /// <summary>All keys that exist in this state.</summary>
    public long CountLiveTotal()
    {
        IndexPage page = Page(root);
        return page.CountLive(page.Count);
    }

    public IndexCursor Scan(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd, bool hasEnd) => new(this, key, rangeEnd, hasEnd);

    private long CountLiveBelow(ReadOnlySpan<byte> key)
    {
        long live = 0;
        IndexPage page = Page(root);
        for (int depth = 0; !page.IsLeaf; depth++)
        {
            Debug.Assert(depth < MaxDepth, "the index is deeper than it can be");
            int slot = page.ChildSlot(key, longKeys);
            live += page.CountLive(slot);
            page = Page(page.Child(slot));
        }
        return live + page.CountLive(page.LowerBound(key, longKeys, out _));
    }
}
