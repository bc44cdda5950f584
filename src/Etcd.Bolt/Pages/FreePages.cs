using System.Runtime.CompilerServices;
using Etcd.Bolt.Format;
using Etcd.Foundation;

namespace Etcd.Bolt.Pages;

/// <summary>Finds the free pages of a file at open: from the stored list or, if none is stored, by what the tree does not use.</summary>
internal static unsafe class FreePages
{
    public static Freelist Load(DatabaseView view)
    {
        var freelist = new Freelist(view.Meta.TransactionId);
        if (view.Meta.Freelist == PageId.NoFreelist)
            AddUnreachable(view, freelist);
        else
            ReadStored(view, page => freelist.AddFree(page));
        return freelist;
    }

    /// <summary>Reads the stored list; no page in it is out of bounds or listed twice.</summary>
    public static void ReadStored(DatabaseView view, Func<ulong, bool> add)
    {
        ulong highWater = view.Meta.HighWater;
        ReadOnlySpan<ulong> pages = StoredList(view, out byte* start);
        ulong before = PageId.FirstData - 1;
        foreach (ulong page in pages)
        {
            if (page <= before || page >= highWater || !add(page))
                throw view.Corrupt(start, $"free list: expected ascending pages from 2 to {highWater - 1}, found {page} after {before}");
            before = page;
        }
    }

    /// <summary>Pages that the stored list itself occupies.</summary>
    public static long StoredListPages(DatabaseView view) => StoredHeader(view, out _).Overflow + 1L;

    /// <summary>Pages that the tree uses, overflow pages included.</summary>
    /// <exception cref="CorruptException">A page is not what it should be, or used twice.</exception>
    public static PageBitmap Reachable(DatabaseView view)
    {
        var reachable = new PageBitmap();
        // A stack of our own: how deep buckets are nested is for the file to say.
        var waiting = new Stack<PageId>();
        waiting.Push(view.Meta.Root);
        while (waiting.TryPop(out PageId id))
        {
            TreePage page = view.Page(id);
            for (ulong number = id.Number; number <= id.Number + page.Overflow; number++)
            {
                if (!reachable.Add(number))
                    throw page.Corrupt($"page {number}: multiple references");
            }
            for (int i = 0; i < page.Count; i++)
            {
                if (!page.IsLeaf)
                    waiting.Push(page[i].Child);
                else if (page.IsBucketAt(i) && BucketValue.Read(view, page[i]) is { IsInline: false } bucket)
                    waiting.Push(bucket.Root);
            }
        }
        return reachable;
    }

    private static void AddUnreachable(DatabaseView view, Freelist freelist)
    {
        // The walk visits every page in tree order; a cold disk is twenty times faster in file order.
        view.Mapping.Prefetch(view.Meta.SizeBytes);
        PageBitmap reachable = Reachable(view);
        for (ulong page = PageId.FirstData; page < view.Meta.HighWater; page++)
        {
            if (!reachable.Contains(page))
                freelist.AddFree(page);
        }
    }

    private static ReadOnlySpan<ulong> StoredList(DatabaseView view, out byte* start)
    {
        PageHeader header = StoredHeader(view, out start);
        long bytes = (header.Overflow + 1L) * view.Meta.PageSizeBytes;
        ulong count = header.Count;
        byte* numbers = start + PageFormat.HeaderBytes;
        if (count == ushort.MaxValue) // Too many for the header: the first number is the count.
        {
            count = Unsafe.ReadUnaligned<ulong>(numbers);
            numbers += sizeof(ulong);
        }
        // Bounds: the page with its overflow lies below the high water mark (checked with the header).
        if (count > (ulong)(start + bytes - numbers) / sizeof(ulong))
            throw view.Corrupt(start, $"free list: {count} pages do not fit into {bytes} bytes");
        return new ReadOnlySpan<ulong>(numbers, (int)count);
    }

    private static PageHeader StoredHeader(DatabaseView view, out byte* start)
    {
        PageId id = view.Meta.Freelist;
        PageHeader header = view.Header(id, out start);
        if (header.Flags != PageFormat.FreelistFlag)
            throw view.Corrupt(start, $"page {id}: expected a free list ({PageFormat.FreelistFlag}), found flags {header.Flags}");
        return header;
    }
}
