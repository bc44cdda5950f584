using Etcd.Foundation;

namespace Etcd.Store.Mvcc.Index;

/// <summary>Memory of all <see cref="IndexPage"/>s, in slabs that the garbage collector never has to move or look into.</summary>
/// <remarks>Writer only. Readers use the slab table that their <see cref="IndexView"/> captured: slabs are only ever added.
/// A page that a published view can reach is never changed; it is handed back with <see cref="Free"/> once no view does.</remarks>
internal sealed class PageArena
{
    private const int PagesPerSlabShift = 7;
    private const int PagesPerSlab = 1 << PagesPerSlabShift;
    private readonly Stack<int> _free = new();
    // The batch that allocated each page: pages of the current batch are not published yet and may be changed in place.
    private long[] _batchOf = [];
    private int _allocated;

    /// <summary>Slab table as of now; replaced, never changed, when it grows.</summary>
    public byte[][] Slabs { get; private set; } = [];

    /// <summary>Number of the batch being built; pages allocated now belong to it.</summary>
    public long Batch { get; private set; }

    /// <summary>Bytes of all slabs.</summary>
    public long Bytes => (long)Slabs.Length * PagesPerSlab * IndexPage.Bytes;

    public int FreePages => _free.Count + (Slabs.Length * PagesPerSlab) - _allocated;

    public static IndexPage Page(byte[][] slabs, int page) =>
        new(slabs[page >> PagesPerSlabShift].AsSpan((page & (PagesPerSlab - 1)) * IndexPage.Bytes, IndexPage.Bytes));

    public IndexPage Page(int page) => Page(Slabs, page);

    /// <summary>Pages of the batch so far become unchangeable.</summary>
    public void NextBatch() => Batch++;

    public bool IsWritable(int page) => _batchOf[page] == Batch;

    /// <summary>A page with old contents, writable in this batch.</summary>
    public int Allocate()
    {
        if (!_free.TryPop(out int page))
        {
            if (_allocated == Slabs.Length * PagesPerSlab)
                Grow();
            page = _allocated++;
        }
        _batchOf[page] = Batch;
        return page;
    }

    /// <summary>A writable copy of a page.</summary>
    public int Copy(int page)
    {
        int copy = Allocate();
        PageBytes(page).CopyTo(PageBytes(copy));
        return copy;
    }

    /// <summary>Takes a page back that no view reaches any more.</summary>
    public void Free(int page)
    {
        Invariant.Holds(page >= 0 && page < _allocated, $"index page {page} was never allocated");
        _free.Push(page);
    }

    private Span<byte> PageBytes(int page) =>
        Slabs[page >> PagesPerSlabShift].AsSpan((page & (PagesPerSlab - 1)) * IndexPage.Bytes, IndexPage.Bytes);

    private void Grow()
    {
        Slabs = [.. Slabs, GC.AllocateUninitializedArray<byte>(PagesPerSlab * IndexPage.Bytes)];
        Array.Resize(ref _batchOf, Slabs.Length * PagesPerSlab);
    }
}
