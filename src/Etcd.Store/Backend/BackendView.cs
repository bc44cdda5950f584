using Etcd.Bolt;
using Etcd.Foundation;

namespace Etcd.Store.Backend;

/// <summary>Everything the backend holds at one moment: the pages of the last commit and the batches after it.</summary>
/// <remarks>Pin it while reading; spans that it hands out are valid until <see cref="Unpin"/>. The last batch may still grow, which
/// readers do not notice: they ask for revisions that they know of.</remarks>
internal sealed class BackendView
{
    private readonly CommittedPages _pages;
    private int _pins = 1; // The first pin is the backend's, for as long as this is the current view.

    public BackendView(CommittedPages pages, PendingBatch[] batches)
    {
        pages.AddReference();
        _pages = pages;
        Batches = batches;
    }

    public CommittedPages Pages => _pages;

    /// <summary>Batches that are not in the pages, oldest first.</summary>
    public PendingBatch[] Batches { get; }

    /// <returns>False if the view is gone: take the current one.</returns>
    public bool TryPin()
    {
        int pins = Volatile.Read(ref _pins);
        while (pins > 0)
        {
            int seen = Interlocked.CompareExchange(ref _pins, pins + 1, pins);
            if (seen == pins)
                return true;
            pins = seen;
        }
        return false;
    }

    public void Unpin()
    {
        int pins = Interlocked.Decrement(ref _pins);
        Invariant.Holds(pins >= 0, "a backend view was unpinned twice");
        if (pins == 0)
            _pages.Release();
    }

    /// <summary>The record of a put.</summary>
    /// <returns>False if there is none: it was compacted away.</returns>
    public bool TryGetRecord(Revision revision, out ReadOnlySpan<byte> value)
    {
        for (int i = Batches.Length - 1; i >= 0; i--)
        {
            RecordLog records = Batches[i].Records;
            if (records.Count == 0 || revision.CompareTo(records[0].Revision) < 0)
                continue;
            int index = records.LowerBound(revision);
            bool found = index < records.Count && records[index].Revision == revision;
            value = found ? records[index].Value.Span : default;
            return found;
        }
        Span<byte> key = stackalloc byte[RevisionKey.TombstoneBytes];
        return _pages.Records.TryGet(RevisionKey.Write(key, revision), out value);
    }

    /// <summary>Walks all records whose revision is not below <paramref name="from"/>.</summary>
    public RecordCursor Scan(Revision from) => new(this, from);

    /// <summary>A value of a small bucket.</summary>
    public ReadOnlyMemory<byte>? Get(Bucket bucket, ReadOnlyMemory<byte> key)
    {
        for (int i = Batches.Length - 1; i >= 0; i--)
        {
            if (Batches[i].TryGet(bucket, key, out ReadOnlyMemory<byte>? value))
                return value;
        }
        // Not a conditional expression: its null would be converted to an empty memory.
        if (_pages.Bucket(bucket).TryGet(key.Span, out ReadOnlySpan<byte> stored))
            return stored.ToArray();
        return null;
    }

    /// <summary>All pairs of a small bucket in byte-wise key order.</summary>
    public List<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> List(Bucket bucket)
    {
        var merged = new SortedDictionary<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>(ByteComparer.Instance);
        BoltCursor stored = _pages.Bucket(bucket).Cursor();
        for (bool found = stored.First(); found; found = stored.Next())
            merged[stored.Key.ToArray()] = stored.Value.ToArray();
        foreach (PendingBatch batch in Batches)
        {
            foreach ((ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value) in batch.Changes(bucket))
            {
                if (value is { } bytes)
                    merged[key] = bytes;
                else
                    merged.Remove(key);
            }
        }
        return [.. merged];
    }
}

/// <summary>A database read transaction that several <see cref="BackendView"/>s share.</summary>
internal sealed class CommittedPages(BoltReadTransaction transaction)
{
    private int _references;

    public BoltReadTransaction Transaction => transaction;

    public BoltBucket Records { get; } = transaction.Bucket(BucketNames.Of(Backend.Bucket.Key));

    public BoltBucket Bucket(Bucket bucket) => transaction.Bucket(BucketNames.Of(bucket));

    public void AddReference() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            transaction.Dispose();
    }
}
