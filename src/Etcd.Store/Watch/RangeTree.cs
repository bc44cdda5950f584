namespace Etcd.Store.Watch;

/// <summary>Half-open key ranges with the watchers of each, to be searched by a key that they contain.</summary>
/// <remarks>An AVL tree ordered by begin, then end; every node also knows the largest end below it, so a search skips subtrees that end
/// before the key. No end (null) is the largest. Watchers of the same range share a node.</remarks>
internal sealed class RangeTree
{
    private Node? _root;

    public bool IsEmpty => _root is null;

    /// <param name="begin">Inclusive.</param>
    /// <param name="end">Exclusive; null: no end.</param>
    public void Add(byte[] begin, byte[]? end, Watcher watcher) => _root = Add(_root, begin, end, watcher);

    public void Remove(byte[] begin, byte[]? end, Watcher watcher) => _root = Remove(_root, begin, end, watcher);

    /// <summary>Adds every watcher whose range has the key to <paramref name="found"/>.</summary>
    public void Find(ReadOnlySpan<byte> key, List<Watcher> found) => Find(_root, key, found);

    private static void Find(Node? node, ReadOnlySpan<byte> key, List<Watcher> found)
    {
        while (node is not null && IsBefore(key, node.MaxEnd))
        {
            Find(node.Left, key, found);
            if (key.SequenceCompareTo(node.Begin) < 0)
                return; // Everything to the right begins even later.
            if (IsBefore(key, node.End))
                node.Watchers.AddTo(found);
            node = node.Right;
        }
    }

    private static bool IsBefore(ReadOnlySpan<byte> key, byte[]? end) => end is null || key.SequenceCompareTo(end) < 0;

    private static Node Add(Node? node, byte[] begin, byte[]? end, Watcher watcher)
    {
        node ??= new Node(begin, end);
        int order = Compare(begin, end, node);
        if (order == 0)
        {
            node.Watchers.Add(watcher);
            return node;
        }
        if (order < 0)
            node.Left = Add(node.Left, begin, end, watcher);
        else
            node.Right = Add(node.Right, begin, end, watcher);
        return Balance(node);
    }

    private static Node? Remove(Node? node, byte[] begin, byte[]? end, Watcher watcher)
    {
        if (node is null)
            return null;
        int order = Compare(begin, end, node);
        if (order < 0)
        {
            node.Left = Remove(node.Left, begin, end, watcher);
        }
        else if (order > 0)
        {
            node.Right = Remove(node.Right, begin, end, watcher);
        }
        else
        {
            node.Watchers.Remove(watcher);
            if (node.Watchers.Count > 0)
                return node;
            if (node.Left is null || node.Right is null)
                return node.Left ?? node.Right;
            Node? right = RemoveFirst(node.Right, out Node next);
            next.Left = node.Left;
            next.Right = right;
            node = next;
        }
        return Balance(node);
    }

    private static Node? RemoveFirst(Node node, out Node first)
    {
        if (node.Left is null)
        {
            first = node;
            return node.Right;
        }
        node.Left = RemoveFirst(node.Left, out first);
        return Balance(node);
    }

    private static Node Balance(Node node)
    {
        int tilt = HeightOf(node.Left) - HeightOf(node.Right);
        if (tilt > 1)
        {
            if (HeightOf(node.Left!.Left) < HeightOf(node.Left.Right))
                node.Left = RotateLeft(node.Left);
            return RotateRight(node);
        }
        if (tilt < -1)
        {
            if (HeightOf(node.Right!.Right) < HeightOf(node.Right.Left))
                node.Right = RotateRight(node.Right);
            return RotateLeft(node);
        }
        node.Update();
        return node;
    }

    private static Node RotateLeft(Node node)
    {
        Node top = node.Right!;
        node.Right = top.Left;
        top.Left = node;
        node.Update();
        top.Update();
        return top;
    }

    private static Node RotateRight(Node node)
    {
        Node top = node.Left!;
        node.Left = top.Right;
        top.Right = node;
        node.Update();
        top.Update();
        return top;
    }

    private static int HeightOf(Node? node) => node?.Height ?? 0;

    private static int Compare(byte[] begin, byte[]? end, Node node)
    {
        int order = begin.AsSpan().SequenceCompareTo(node.Begin);
        return order != 0 ? order : CompareEnds(end, node.End);
    }

    private static int CompareEnds(byte[]? x, byte[]? y)
    {
        if (x is null || y is null)
            return (x is null ? 1 : 0) - (y is null ? 1 : 0);
        return x.AsSpan().SequenceCompareTo(y);
    }

    private sealed class Node(byte[] begin, byte[]? end)
    {
        public byte[] Begin { get; } = begin;

        public byte[]? End { get; } = end;

        public WatcherList Watchers { get; } = new();

        public Node? Left { get; set; }

        public Node? Right { get; set; }

        public int Height { get; private set; } = 1;

        /// <summary>Largest end in this subtree.</summary>
        public byte[]? MaxEnd { get; private set; } = end;

        public void Update()
        {
            Height = 1 + Math.Max(HeightOf(Left), HeightOf(Right));
            byte[]? max = End;
            if (Left is not null && CompareEnds(Left.MaxEnd, max) > 0)
                max = Left.MaxEnd;
            if (Right is not null && CompareEnds(Right.MaxEnd, max) > 0)
                max = Right.MaxEnd;
            MaxEnd = max;
        }
    }
}
