using Etcd.Bolt.Format;
using Etcd.Bolt.Pages;

namespace Etcd.Bolt;

/// <summary>A bucket seen by a read transaction. Costs nothing to obtain and allocates nothing to read.</summary>
public readonly struct BoltBucket
{
    private readonly BoltReadTransaction _transaction;
    private readonly BucketValue _value;

    internal BoltBucket(BoltReadTransaction transaction, BucketValue value)
    {
        _transaction = transaction;
        _value = value;
    }

    /// <summary>A counter for the bucket's owner; etcd leaves it at 0.</summary>
    public ulong Sequence => _value.Sequence;

    /// <summary>Looks a key up.</summary>
    /// <param name="key">1 to 32 768 bytes.</param>
    /// <param name="value">Points into the memory map; valid while the transaction is open.</param>
    /// <returns>False if the key is missing or names a nested bucket.</returns>
    public bool TryGet(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        bool isFound = TryFind(_transaction.View, key, out Element element) && !element.IsBucket;
        value = isFound ? element.Value : default;
        return isFound;
    }

    /// <summary>A nested bucket.</summary>
    /// <exception cref="BoltException">There is none of that name.</exception>
    public BoltBucket Bucket(ReadOnlySpan<byte> name) =>
        TryGetBucket(name, out BoltBucket bucket) ? bucket : throw new BoltException(BoltError.BucketNotFound);

    public bool TryGetBucket(ReadOnlySpan<byte> name, out BoltBucket bucket)
    {
        DatabaseView view = _transaction.View;
        bool isFound = TryFind(view, name, out Element element) && element.IsBucket;
        bucket = isFound ? new BoltBucket(_transaction, BucketValue.Read(view, element)) : default;
        return isFound;
    }

    public BoltCursor Cursor() => new(_transaction, _value);

    private bool TryFind(DatabaseView view, ReadOnlySpan<byte> key, out Element element)
    {
        var search = new SearchKey(key);
        TreePage page = _value.RootPage(view);
        KeyBounds bounds = default;
        for (int depth = 0; !page.IsLeaf; depth++)
        {
            if (depth > PageFormat.MaxDepth)
                throw page.Corrupt($"tree is deeper than {PageFormat.MaxDepth} pages: it has a cycle");
            int child = page.FindChild(search, bounds);
            bounds = page.BoundsOf(child);
            page = view.Page(page[child].Child);
        }
        int index = page.Find(search, bounds, out bool isFound);
        element = isFound ? page[index] : default;
        return isFound;
    }
}
