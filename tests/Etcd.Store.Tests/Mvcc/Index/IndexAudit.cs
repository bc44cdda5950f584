using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Tests.Mvcc.Index;

/// <summary>Walks a whole index tree and checks every rule that its pages promise.</summary>
internal static class IndexAudit
{
    /// <returns>Pages that the view reaches.</returns>
    public static HashSet<int> Check(IndexView view)
    {
        var pages = new HashSet<int>();
        int leafDepth = -1;
        Walk(view, view.Root, [], null, depth: 0, pages, ref leafDepth);
        return pages;
    }

    private static int Walk(IndexView view, int id, byte[] from, byte[]? to, int depth, HashSet<int> pages, ref int leafDepth)
    {
        Assert.True(pages.Add(id), $"page {id} is reached twice");
        IndexPage page = view.Page(id);
        Assert.True(page.UsedBytes <= IndexPage.Bytes);
        Assert.True(depth == 0 || page.Count > 0, $"page {id} is empty");
        byte[]? previous = null;
        for (int slot = page.IsLeaf ? 0 : 1; slot < page.Count; slot++)
        {
            byte[] key = KeyOf(view, page, slot);
            Assert.True(previous is null || previous.AsSpan().SequenceCompareTo(key) < 0, "keys do not ascend");
            Assert.True(from.AsSpan().SequenceCompareTo(key) <= 0, "a key is below its parent's separator");
            Assert.True(to is null || key.AsSpan().SequenceCompareTo(to) < 0, "a key is above its parent's next separator");
            previous = key;
        }
        if (page.IsLeaf)
        {
            Assert.True(leafDepth < 0 || leafDepth == depth, "leaves are at different depths");
            leafDepth = depth;
            return page.CountLive(page.Count);
        }
        int live = 0;
        for (int slot = 0; slot < page.Count; slot++)
        {
            byte[] childFrom = slot == 0 ? from : KeyOf(view, page, slot);
            byte[]? childTo = slot + 1 < page.Count ? KeyOf(view, page, slot + 1) : to;
            int childLive = Walk(view, page.Child(slot), childFrom, childTo, depth + 1, pages, ref leafDepth);
            Assert.Equal(childLive, page.Live(slot));
            live += childLive;
        }
        return live;
    }

    private static byte[] KeyOf(IndexView view, IndexPage page, int slot) =>
        page.LongId(slot) != 0 ? view.LongKeys.Get(page.LongId(slot)) : [.. page.Prefix, .. page.Suffix(slot)];
}
