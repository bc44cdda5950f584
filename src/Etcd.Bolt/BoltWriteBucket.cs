using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Etcd.Bolt.Format;
using Etcd.Bolt.Tree;
using Etcd.Foundation;

namespace Etcd.Bolt;

/// <summary>A bucket inside the write transaction.</summary>
public sealed unsafe class BoltWriteBucket
{
    private const double LeastFill = 0.1, MostFill = 1.0;

    // Bytes of a bucket without content: its header and an empty page.
    private const int EmptyBytes = PageFormat.BucketHeaderBytes + PageFormat.HeaderBytes;

    private readonly BoltWriteTransaction _transaction;
    private readonly WriteTree _tree;
    private readonly byte[] _name;

    // Nested buckets that were asked for, by name.
    private readonly List<BoltWriteBucket> _open = [];
    private ulong _sequence;
    private bool _isDeleted;

    internal BoltWriteBucket(BoltWriteTransaction transaction, WriteTree tree, byte[] name, ulong sequence)
    {
        _transaction = transaction;
        _tree = tree;
        _name = name;
        _sequence = sequence;
    }

    /// <summary>A counter for the bucket's owner; etcd leaves it at 0.</summary>
    public ulong Sequence
    {
        get => _sequence;
        set
        {
            RequireUsable();
            _tree.TouchRoot();
            _sequence = value;
        }
    }

    /// <summary>How full pages become when nodes are split at commit, 0.1 to 1; 0.5 unless set. Not stored.</summary>
    public double FillPercent
    {
        get => _tree.FillPercent;
        set => _tree.FillPercent = Math.Clamp(value, LeastFill, MostFill);
    }

    internal WriteTree Tree
    {
        get
        {
            RequireUsable();
            return _tree;
        }
    }

    /// <summary>Looks a key up.</summary>
    /// <param name="key">1 to 32 768 bytes.</param>
    /// <param name="value">Valid until the transaction ends, also if the key is changed.</param>
    /// <returns>False if the key is missing or names a nested bucket.</returns>
    public bool TryGet(scoped ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        bool isFound = Tree.TryFind(new SearchKey(key), out _, out _, out Element element) && !element.IsBucket;
        value = isFound ? element.Value : default;
        return isFound;
    }

    /// <summary>Stores a pair, replacing an older one. Both spans are copied.</summary>
    /// <exception cref="BoltException">Key or value has a length that is not allowed, or the key names a bucket.</exception>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        WriteTree tree = Tree;
        RequireKey(key, BoltError.KeyRequired);
        if (value.Length > PageFormat.MaxValueBytes)
            throw new BoltException(BoltError.ValueTooLarge);
        var element = new Element(tree.Arena.Copy(key, value), key.Length, value.Length, 0);
        if (!tree.TryPut(element))
            throw new BoltException(BoltError.IncompatibleValue);
    }

    /// <returns>False if the key was missing.</returns>
    /// <exception cref="BoltException">The key names a bucket.</exception>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        var search = new SearchKey(key);
        if (!Tree.TryFind(search, out Node? leaf, out int index, out Element element))
            return false;
        if (element.IsBucket)
            throw new BoltException(BoltError.IncompatibleValue);
        _tree.Delete(search, leaf, index);
        return true;
    }

    /// <exception cref="BoltException">There is none of that name.</exception>
    public BoltWriteBucket Bucket(ReadOnlySpan<byte> name) =>
        TryGetBucket(name, out BoltWriteBucket? bucket) ? bucket : throw new BoltException(BoltError.BucketNotFound);

    public bool TryGetBucket(ReadOnlySpan<byte> name, [NotNullWhen(true)] out BoltWriteBucket? bucket)
    {
        RequireUsable();
        int index = FindOpen(name);
        if (index >= 0)
        {
            bucket = _open[index];
            return true;
        }
        bucket = null;
        if (!_tree.TryFind(new SearchKey(name), out _, out _, out Element element) || !element.IsBucket)
            return false;
        BucketValue value = BucketValue.Read(_tree.Plan.Base, element);
        var tree = new WriteTree(_tree.Plan, _tree.Arena, value);
        bucket = new BoltWriteBucket(_transaction, tree, name.ToArray(), value.Sequence);
        _open.Insert(~index, bucket);
        return true;
    }

    /// <exception cref="BoltException">It or a value of that name exists already, or the name is empty or too long.</exception>
    public BoltWriteBucket CreateBucket(ReadOnlySpan<byte> name)
    {
        RequireUsable();
        RequireKey(name, BoltError.BucketNameRequired);
        if (_tree.TryFind(new SearchKey(name), out _, out _, out Element existing))
            throw new BoltException(existing.IsBucket ? BoltError.BucketExists : BoltError.IncompatibleValue);
        Span<byte> empty = stackalloc byte[EmptyBytes];
        BucketValue.WriteInline(empty, [], sequence: 0);
        StoreBucket(name, empty);
        return Bucket(name);
    }

    public BoltWriteBucket CreateBucketIfMissing(ReadOnlySpan<byte> name) =>
        TryGetBucket(name, out BoltWriteBucket? bucket) ? bucket : CreateBucket(name);

    /// <summary>Deletes a nested bucket with all it holds.</summary>
    /// <exception cref="BoltException">There is none of that name.</exception>
    /// <exception cref="CorruptException">Its pages are damaged; the transaction is rolled back.</exception>
    public void DeleteBucket(ReadOnlySpan<byte> name)
    {
        RequireUsable();
        var search = new SearchKey(name);
        if (!_tree.TryFind(search, out Node? leaf, out int index, out Element element))
            throw new BoltException(BoltError.BucketNotFound);
        if (!element.IsBucket)
            throw new BoltException(BoltError.IncompatibleValue);
        BoltWriteBucket bucket = Bucket(name);
        try
        {
            bucket.GiveUpPages();
        }
        catch
        {
            _transaction.Rollback(); // Half of the pages are given up: this must never be committed.
            throw;
        }
        bucket.MarkDeleted();
        _open.Remove(bucket);
        _tree.Delete(search, leaf, index);
    }

    public BoltCursor Cursor()
    {
        RequireUsable();
        return new BoltCursor(this);
    }

    /// <summary>First step of a commit, for this bucket and those below it.</summary>
    internal void Balance()
    {
        foreach (BoltWriteBucket bucket in _open)
            bucket.Balance();
        TreeBalancer.Balance(_tree);
    }

    /// <summary>Second step of a commit, for the bucket that holds all others.</summary>
    /// <returns>Its new root page, or the old one if nothing changed.</returns>
    internal PageId SpillRoot()
    {
        SpillOpen();
        return _tree.Root is { } root ? TreeSpiller.Spill(_tree, root) : _tree.Stored.Root;
    }

    private void SpillOpen()
    {
        foreach (BoltWriteBucket bucket in _open)
        {
            bucket.SpillOpen();
            if (bucket._tree.Root is { } root)
                bucket.SpillInto(this, root);
        }
    }

    /// <summary>Writes a changed bucket and stores its new value in its parent.</summary>
    private void SpillInto(BoltWriteBucket parent, Node root)
    {
        if (IsInlineable(root))
        {
            _tree.GiveUpPage(root);
            int bytes = PageFormat.BucketHeaderBytes + (int)root.SizeBytes;
            var value = new Span<byte>(_tree.Arena.Take(bytes), bytes);
            BucketValue.WriteInline(value, new ReadOnlySpan<Element>(root.Elements, root.Count), _sequence);
            parent.StoreBucket(_name, value);
            return;
        }
        PageId page = TreeSpiller.Spill(_tree, root);
        Span<byte> header = stackalloc byte[PageFormat.BucketHeaderBytes];
        parent.StoreBucket(_name, BucketValue.Write(header, page, _sequence));
    }

    /// <summary>Small buckets without buckets in them live in their parent's leaf: up to a quarter of a page.</summary>
    private bool IsInlineable(Node root)
    {
        if (!root.IsLeaf || root.SizeBytes > _tree.Plan.Base.Meta.PageSizeBytes / 4)
            return false;
        for (int i = 0; i < root.Count; i++)
        {
            if (root[i].IsBucket)
                return false;
        }
        return true;
    }

    private void StoreBucket(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _tree.Put(new Element(_tree.Arena.Copy(name, value), name.Length, value.Length, PageFormat.BucketFlag));

    private void GiveUpPages()
    {
        RuntimeHelpers.EnsureSufficientExecutionStack(); // The file decides how deep buckets are nested.
        _tree.GiveUpAllPages(); // First, so that a bucket inside itself is noticed on the second visit.
        BoltCursor cursor = Cursor();
        for (bool isAt = cursor.First(); isAt; isAt = cursor.Next())
        {
            if (cursor.IsBucket)
                Bucket(cursor.Key).GiveUpPages();
        }
    }

    private void MarkDeleted()
    {
        foreach (BoltWriteBucket bucket in _open)
            bucket.MarkDeleted();
        _isDeleted = true;
    }

    /// <returns>Index in <see cref="_open"/>, or the complement of where it belongs.</returns>
    private int FindOpen(ReadOnlySpan<byte> name)
    {
        int low = 0, high = _open.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int order = name.SequenceCompareTo(_open[middle]._name);
            if (order == 0)
                return middle;
            if (order < 0)
                high = middle;
            else
                low = middle + 1;
        }
        return ~low;
    }

    private static void RequireKey(ReadOnlySpan<byte> key, BoltError ifEmpty)
    {
        if (key.IsEmpty)
            throw new BoltException(ifEmpty);
        if (key.Length > PageFormat.MaxKeyBytes)
            throw new BoltException(BoltError.KeyTooLarge);
    }

    private void RequireUsable()
    {
        _ = _transaction.Writer; // Throws if the transaction is over.
        if (_isDeleted)
            throw new BoltException(BoltError.BucketNotFound);
    }
}
