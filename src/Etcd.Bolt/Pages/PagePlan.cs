using Etcd.Bolt.Format;
using Etcd.Foundation;

namespace Etcd.Bolt.Pages;

/// <summary>What the open write transaction does to the pages of the file: gives some up, takes others and will write them.</summary>
/// <remarks>Nothing here touches the disk. One per database, used by one write transaction after another.</remarks>
internal sealed class PagePlan(Freelist freelist)
{
    private readonly List<PageImage> _images = [];
    private DatabaseView? _base;

    public ulong TransactionId { get; private set; }

    /// <summary>First page id that was never used; rises when the free list has nothing that fits.</summary>
    public ulong HighWater { get; private set; }

    /// <summary>Pages to write, overflow pages counted one by one.</summary>
    public long PageCount { get; private set; }

    public DatabaseView Base => _base ?? throw new InvalidOperationException("no write transaction is open");

    public void Begin(DatabaseView view, ReadOnlySpan<ulong> readers)
    {
        _base = view;
        HighWater = view.Meta.HighWater;
        TransactionId = view.Meta.TransactionId + 1;
        freelist.Release(readers);
    }

    public PageId Take(long pages)
    {
        Invariant.Holds(pages is > 0 and <= uint.MaxValue, $"a run of {pages} pages");
        if (freelist.TryTake(pages, TransactionId, out PageId first))
            return first;
        first = new PageId(HighWater);
        HighWater += (ulong)pages;
        freelist.NoteAllocation(first.Number, pages, TransactionId);
        return first;
    }

    public void GiveUp(PageId first, uint overflow)
    {
        if (!freelist.TryGiveUp(first, overflow + 1L))
            throw new CorruptException(Base.Path, (long)first.Number * Base.Meta.PageSizeBytes, $"page {first}: already freed; two parts of the tree use it");
    }

    public void Add(in PageImage image)
    {
        _images.Add(image);
        PageCount += image.Pages;
    }

    /// <summary>Everything to write, ascending by page, so that neighbours leave in one write.</summary>
    public List<PageImage> Images()
    {
        _images.Sort(static (a, b) => a.First.Number.CompareTo(b.First.Number));
        return _images;
    }

    public void Commit()
    {
        freelist.Commit(TransactionId);
        End();
    }

    public void Rollback()
    {
        freelist.Rollback();
        End();
    }

    private void End()
    {
        _images.Clear();
        PageCount = 0;
        _base = null;
    }
}
