using System.Runtime.CompilerServices;
using Etcd.Bolt.Format;
using Etcd.Foundation;

namespace Etcd.Bolt.Pages;

/// <summary>One committed state: its meta page and the map in which its pages lie. Hands out checked pages.</summary>
/// <remarks>Readers enter and leave without a lock. A view retires when the next commit replaces it; from then on nobody can
/// enter, and when the last reader has left its share of the map is given up. Bounds argument: the map and the file are at
/// least <see cref="Meta"/>.SizeBytes long (the owner sees to it), and only pages below the high water mark are handed out.</remarks>
internal sealed unsafe class DatabaseView
{
    private const int Retired = int.MinValue;

    private readonly MappedFile _mapping;
    private readonly byte* _base;
    private readonly int _pageSizeBytes;
    private readonly ulong _highWater;

    // Number of readers; the sign bit is set once retired.
    private int _readers;

    /// <param name="mapping">One share of it, which the view gives up in the end.</param>
    public DatabaseView(MappedFile mapping, Meta meta, string path)
    {
        Invariant.Holds(mapping.Length >= meta.SizeBytes, $"map of {mapping.Length} bytes is shorter than {meta.HighWater} pages");
        _mapping = mapping;
        _base = mapping.Pointer;
        _pageSizeBytes = meta.PageSizeBytes;
        _highWater = meta.HighWater;
        Meta = meta;
        Path = path;
    }

    public Meta Meta { get; }

    public string Path { get; }

    public MappedFile Mapping => _mapping;

    public int Readers => Volatile.Read(ref _readers) & ~Retired;

    public BucketValue RootBucket => new(Meta.Root, Meta.RootSequence);

    /// <summary>The bytes of this state, meta pages and free pages included.</summary>
    /// <param name="offset">0 to SizeBytes.</param>
    public ReadOnlySpan<byte> Bytes(long offset, int count) => new(_base + offset, (int)Math.Min(count, Meta.SizeBytes - offset));

    /// <returns>False if the view has retired; the caller takes the newer one.</returns>
    public bool TryEnter()
    {
        int readers = Volatile.Read(ref _readers);
        while (readers >= 0)
        {
            int seen = Interlocked.CompareExchange(ref _readers, readers + 1, readers);
            if (seen == readers)
                return true;
            readers = seen;
        }
        return false;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _readers) == Retired)
            _mapping.Release();
    }

    /// <summary>Called once, after the newer view is in place.</summary>
    public void Retire()
    {
        if (Interlocked.Add(ref _readers, Retired) == Retired)
            _mapping.Release();
    }

    /// <summary>A branch or leaf page.</summary>
    /// <exception cref="CorruptException">The id is out of bounds or the page is not what it should be.</exception>
    public TreePage Page(PageId id)
    {
        PageHeader header = Header(id, out byte* start);
        return Checked(start, (header.Overflow + 1L) * _pageSizeBytes, header);
    }

    /// <summary>The header of a page of any kind, which with its overflow lies below the high water mark.</summary>
    public PageHeader Header(PageId id, out byte* start)
    {
        if (id.Number - PageId.FirstData >= _highWater - PageId.FirstData)
            throw OutOfBounds(id);
        start = _base + ((long)id.Number * _pageSizeBytes);
        PageHeader header = Unsafe.ReadUnaligned<PageHeader>(start);
        if (header.Id != id.Number)
            throw Corrupt(start, $"page {id} has a wrong id: found {header.Id}");
        if (header.Overflow >= _highWater - id.Number)
            throw Corrupt(start, $"page {id} overflows the high water mark {_highWater}: found {header.Overflow} overflow pages");
        return header;
    }

    /// <summary>The leaf page inside the value of an inline bucket.</summary>
    /// <param name="start">The page header.</param>
    /// <param name="bytes">Readable bytes from there on.</param>
    public TreePage InlinePage(byte* start, int bytes)
    {
        if (bytes < PageFormat.HeaderBytes)
            throw Corrupt(start, $"inline bucket is too short for a page: {bytes} bytes");
        PageHeader header = Unsafe.ReadUnaligned<PageHeader>(start);
        if (header.Flags != PageFormat.LeafFlag)
            throw Corrupt(start, $"page of an inline bucket: expected flags {PageFormat.LeafFlag}, found {header.Flags}");
        return Checked(start, bytes, header);
    }

    /// <summary>An exception that names the place of the damage.</summary>
    /// <param name="where">A byte inside the map; other memory gives no offset.</param>
    public CorruptException Corrupt(byte* where, string reason)
    {
        long offset = where >= _base && where < _base + Meta.SizeBytes ? where - _base : -1;
        return Corrupt(offset, reason);
    }

    /// <param name="offset">In the file; -1 if no single place can be named.</param>
    public CorruptException Corrupt(long offset, string reason) => new(Path, offset, reason);

    private CorruptException OutOfBounds(PageId id) =>
        new(Path, -1, $"page id out of bounds: expected 2 to {_highWater - 1}, found {id}");

    private TreePage Checked(byte* start, long bytes, PageHeader header)
    {
        if (header.Flags is not (PageFormat.LeafFlag or PageFormat.BranchFlag))
            throw Corrupt(start, $"page kind: expected branch (1) or leaf (2), found flags {header.Flags}");
        if (PageFormat.HeaderBytes + ((long)header.Count * PageFormat.ElementBytes) > bytes)
            throw Corrupt(start, $"{header.Count} elements do not fit into a page of {bytes} bytes");
        if (header.Count == 0 && header.Flags == PageFormat.BranchFlag)
            throw Corrupt(start, "branch page without children");
        return new TreePage(this, start, bytes, header);
    }
}
