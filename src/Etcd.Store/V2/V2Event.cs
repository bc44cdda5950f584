namespace Etcd.Store.V2;

/// <summary>One change of the v2 store, or the answer to a get. Immutable.</summary>
public sealed record V2Event(string Action, V2NodeView Node)
{
    public V2NodeView? PrevNode { get; init; }

    /// <summary>Index of the store at the operation (header X-Etcd-Index).</summary>
    public ulong EtcdIndex { get; init; }

    /// <summary>Only the TTL was renewed, so watchers do not hear of it.</summary>
    public bool Refresh { get; init; }
}

/// <summary>How clients see a node of the v2 store.</summary>
public sealed record V2NodeView(string Key)
{
    /// <summary>Null for directories and for nodes that an event removed.</summary>
    public string? Value { get; init; }

    public bool IsDirectory { get; init; }

    /// <summary>Unix nanoseconds; 0 for a permanent node.</summary>
    public long ExpirationUnixNanoseconds { get; init; }

    /// <summary>Seconds left, rounded up, when the view was made.</summary>
    public long TtlSeconds { get; init; }

    public IReadOnlyList<V2NodeView> Nodes { get; init; } = [];

    public ulong ModifiedIndex { get; init; }

    public ulong CreatedIndex { get; init; }
}
