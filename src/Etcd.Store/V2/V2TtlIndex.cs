namespace Etcd.Store.V2;

/// <summary>Nodes with a TTL, first to expire first; the path breaks ties, so that every member expires in one order.</summary>
internal sealed class V2TtlIndex
{
    private readonly SortedSet<V2Node> _nodes = new(Comparer<V2Node>.Create(static (left, right) =>
        left.Expiration != right.Expiration ? left.Expiration.CompareTo(right.Expiration) : string.CompareOrdinal(left.Path, right.Path)));

    public int Count => _nodes.Count;

    public V2Node? First => _nodes.Min;

    public void Add(V2Node node)
    {
        if (!node.IsPermanent)
            _nodes.Add(node);
    }

    public void Remove(V2Node node)
    {
        if (!node.IsPermanent)
            _nodes.Remove(node);
    }

    /// <summary>Gives a node another expiration; 0 makes it permanent.</summary>
    public void Move(V2Node node, long expiration)
    {
        Remove(node);
        node.Expiration = expiration;
        Add(node);
    }
}
