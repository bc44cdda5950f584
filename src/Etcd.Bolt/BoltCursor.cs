using Etcd.Bolt.Format;
using Etcd.Bolt.Pages;
using Etcd.Bolt.Tree;

namespace Etcd.Bolt;

/// <summary>Walks a bucket in byte-wise key order, nested buckets included.</summary>
/// <remarks>
/// <para>Not thread-safe. Spans are valid while the transaction is open. Over a bucket of the write transaction it sees
/// the changes made so far and may be moved on after further ones: it continues from its key.</para>
/// <para>Every page that is entered must hold only keys of the range that its parent claims for it. Ranges of different
/// pages do not overlap, so a damaged file cannot lead the walk round in circles.</para>
/// </remarks>
public sealed class BoltCursor
{
    private const int UsualDepth = 6;

    private readonly BoltReadTransaction? _reader;
    private readonly BoltWriteBucket? _writer;
    private readonly BucketValue _bucket;
    private CursorFrame[] _path = new CursorFrame[UsualDepth];
    private int _depth;
    private long _changesSeen;
    private bool _isAt;
    private Element _element;

    internal BoltCursor(BoltReadTransaction reader, BucketValue bucket)
    {
        _reader = reader;
        _bucket = bucket;
    }

    internal BoltCursor(BoltWriteBucket writer) => _writer = writer;

    /// <summary>Key at the position; empty before the first move and after the end.</summary>
    public ReadOnlySpan<byte> Key => Current.Key;

    /// <summary>Value at the position; empty if <see cref="IsBucket"/>.</summary>
    public ReadOnlySpan<byte> Value => Current.IsBucket ? default : Current.Value;

    /// <summary>The key at the position names a nested bucket.</summary>
    public bool IsBucket => Current.IsBucket;

    private DatabaseView View => _reader is not null ? _reader.View : _writer!.Tree.Plan.Base;

    private Element Current
    {
        get
        {
            _ = View; // Throws if the transaction is over.
            return _element;
        }
    }

    private ref CursorFrame Top => ref _path[_depth - 1];

    /// <summary>Moves to the smallest key.</summary>
    /// <returns>False if there is no key at all; likewise for the other moves.</returns>
    public bool First()
    {
        Start();
        DescendFirst();
        return Arrive(isForward: true);
    }

    public bool Last()
    {
        Start();
        DescendLast();
        return Arrive(isForward: false);
    }

    /// <summary>Moves to the next larger key; from the last one to the end, where every further step stays.</summary>
    public bool Next()
    {
        if (!IsAt())
            return false;
        if (HasChanged())
        {
            ReadOnlySpan<byte> key = _element.Key;
            if (!Seek(key) || !key.SequenceEqual(_element.Key))
                return _isAt; // The old key is gone: this is already the next one.
        }
        Top.Index++;
        return Arrive(isForward: true);
    }

    /// <summary>Moves to the next smaller key; from the first one to the end, where every further step stays.</summary>
    public bool Previous()
    {
        if (!IsAt())
            return false;
        if (HasChanged() && !Seek(_element.Key))
            return Last();
        Top.Index--;
        return Arrive(isForward: false);
    }

    /// <summary>Moves to <paramref name="key"/> or, if it is missing, to the next larger one.</summary>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        var search = new SearchKey(key);
        Start();
        while (!Top.IsLeaf)
        {
            Top.Index = Top.FindChild(search);
            PushChild();
        }
        Top.Index = Top.Find(search);
        return Arrive(isForward: true);
    }

    private bool IsAt()
    {
        _ = View; // Throws if the transaction is over: its pages may be gone.
        return _isAt;
    }

    private bool HasChanged() => _writer is not null && _writer.Tree.Changes != _changesSeen;

    private void Start()
    {
        _depth = 0;
        _isAt = false;
        DatabaseView view = View;
        if (_writer is null)
        {
            Push(new CursorFrame(_bucket.RootPage(view)));
            return;
        }
        _changesSeen = _writer.Tree.Changes;
        Push(_writer.Tree.Root is { } root ? new CursorFrame(root) : new CursorFrame(_writer.Tree.StoredRoot));
    }

    private void DescendFirst()
    {
        while (!Top.IsLeaf)
            PushChild();
    }

    private void DescendLast()
    {
        Top.Index = Top.Count - 1;
        while (!Top.IsLeaf)
        {
            PushChild();
            Top.Index = Top.Count - 1;
        }
    }

    /// <summary>Goes on to the neighbouring leaf as long as the index is outside its leaf, and reads the element there.</summary>
    private bool Arrive(bool isForward)
    {
        while ((uint)Top.Index >= (uint)Top.Count)
        {
            do
            {
                _depth--;
                if (_depth == 0)
                {
                    _isAt = false;
                    _element = default;
                    return false;
                }
                Top.Index += isForward ? 1 : -1;
            }
            while ((uint)Top.Index >= (uint)Top.Count);
            PushChild();
            if (isForward)
                DescendFirst();
            else
                DescendLast();
        }
        _element = Top[Top.Index];
        _isAt = true;
        return true;
    }

    private void PushChild()
    {
        Element parent = Top[Top.Index];
        if (Top.Node?.ChildAt(Top.Index) is { } child)
        {
            Push(new CursorFrame(child));
            return;
        }
        TreePage page = View.Page(parent.Child);
        RequireRange(page, parent.Key);
        Push(new CursorFrame(page));
    }

    private void RequireRange(in TreePage page, ReadOnlySpan<byte> from)
    {
        if (page.Count == 0)
            return;
        if (!page.IsLeaf)
            page.RequireOrder();
        if (page[0].Key.SequenceCompareTo(from) < 0)
            throw page.Corrupt("first key of the page is smaller than its parent says");
        for (int i = _depth - 1; i >= 0; i--)
        {
            if (_path[i].Index + 1 >= _path[i].Count)
                continue; // The last child ends where its parent ends.
            if (page[page.Count - 1].Key.SequenceCompareTo(_path[i][_path[i].Index + 1].Key) >= 0)
                throw page.Corrupt("last key of the page belongs to its right neighbour");
            return;
        }
    }

    private void Push(CursorFrame frame)
    {
        if (_depth > PageFormat.MaxDepth)
            throw View.Corrupt(-1, $"tree is deeper than {PageFormat.MaxDepth} pages: it has a cycle");
        if (_depth == _path.Length)
            Array.Resize(ref _path, _path.Length * 2);
        _path[_depth++] = frame;
    }
}

/// <summary>One level of a cursor's way: a touched node, or a page of the file.</summary>
internal struct CursorFrame
{
    private readonly TreePage _page;

    public CursorFrame(Node node)
    {
        Node = node;
    }

    public CursorFrame(TreePage page)
    {
        _page = page;
    }

    public Node? Node { get; }

    public int Index { get; set; }

    public readonly int Count => Node is not null ? Node.Count : _page.Count;

    public readonly bool IsLeaf => Node is not null ? Node.IsLeaf : _page.IsLeaf;

    public readonly Element this[int index] => Node is not null ? Node[index] : _page[index];

    public readonly int Find(in SearchKey key) => Node is not null ? Node.Find(key, out _) : _page.Find(key, out _);

    public readonly int FindChild(in SearchKey key) => Node is not null ? Node.FindChild(key) : _page.FindChild(key);
}
