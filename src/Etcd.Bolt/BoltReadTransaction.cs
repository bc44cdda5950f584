using Etcd.Bolt.Pages;

namespace Etcd.Bolt;

/// <summary>The state of one commit, unchanged for as long as this is open.</summary>
/// <remarks>Thread-safe except for <see cref="Dispose"/>, which must come last. Spans handed out point into the memory map and
/// are valid until then. An open transaction keeps the pages it sees from being reused.</remarks>
public sealed class BoltReadTransaction : IDisposable
{
    private const int CopyChunkBytes = 1024 * 1024;
    private const int MetaPages = 2;
    private DatabaseView? _view;

    internal BoltReadTransaction(DatabaseView view) => _view = view;

    /// <summary>Id of the commit that is seen.</summary>
    public ulong TransactionId => View.Meta.TransactionId;

    /// <summary>Length of a copy of this state, in bytes.</summary>
    public long SizeBytes => View.Meta.SizeBytes;

    internal DatabaseView View => _view ?? throw new BoltException(BoltError.TransactionClosed);

    private BoltBucket Root => new(this, View.RootBucket);

    /// <summary>A top-level bucket.</summary>
    /// <exception cref="BoltException">There is none of that name.</exception>
    public BoltBucket Bucket(ReadOnlySpan<byte> name) => Root.Bucket(name);

    public bool TryGetBucket(ReadOnlySpan<byte> name, out BoltBucket bucket) => Root.TryGetBucket(name, out bucket);

    /// <summary>A cursor over the names of the top-level buckets.</summary>
    public BoltCursor Cursor() => Root.Cursor();

    /// <summary>Reads part of the database copy that is a snapshot of this state, as if it were a file of
    /// <see cref="SizeBytes"/> bytes. Lets a sender stream at its receiver's pace.</summary>
    /// <returns>Bytes read; less than the buffer only at the end.</returns>
    public int ReadCopy(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        DatabaseView view = View;
        int total = (int)Math.Clamp(view.Meta.SizeBytes - offset, 0, buffer.Length);
        int metaBytes = MetaPages * view.Meta.PageSizeBytes;
        int done = 0;
        if (offset < metaBytes && total > 0)
        {
            ReadOnlySpan<byte> metas = CopiedMetaPages(view)[(int)offset..];
            done = Math.Min(metas.Length, total);
            metas[..done].CopyTo(buffer);
        }
        view.Bytes(offset + done, total - done).CopyTo(buffer[done..]);
        return total;
    }

    /// <summary>Writes the whole copy, in chunks.</summary>
    public void CopyTo(Stream output)
    {
        DatabaseView view = View;
        output.Write(CopiedMetaPages(view));
        for (long offset = MetaPages * view.Meta.PageSizeBytes; offset < view.Meta.SizeBytes; offset += CopyChunkBytes)
            output.Write(view.Bytes(offset, CopyChunkBytes));
    }

    public void Dispose() => Interlocked.Exchange(ref _view, null)?.Leave();

    /// <summary>Both meta pages, made from the state that is seen: the ones in the file may be newer.</summary>
    private static ReadOnlySpan<byte> CopiedMetaPages(DatabaseView view)
    {
        int pageSize = view.Meta.PageSizeBytes;
        byte[] pages = new byte[MetaPages * pageSize];
        // Compat: page 0 gets the id whatever its parity, and page 1 the one before, over the same tree (bbolt, Tx.WriteTo).
        view.Meta.Write(pages.AsSpan(0, pageSize), slot: 0);
        (view.Meta with { TransactionId = view.Meta.TransactionId - 1 }).Write(pages.AsSpan(pageSize), slot: 1);
        return pages;
    }
}
