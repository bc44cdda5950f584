namespace Etcd.Store.V2;

/// <summary>One change of the v2 store, or the answer to a get. Immutable.</summary>
public sealed record V2Event(V2Action Action, V2NodeView Node)
{
    public V2NodeView? PrevNode { get; init; }

    /// <summary>Index of the store at the operation (header X-Etcd-Index).</summary>
    public ulong EtcdIndex { get; init; }

    /// <summary>Only the TTL was renewed, so watchers do not hear of it.</summary>
    public bool IsRefresh { get; init; }

    /// <summary>The operation made a key that was not there: answered with status 201.</summary>
    public bool IsCreation => Action == V2Action.Create || (Action == V2Action.Set && PrevNode is null);

    /// <summary>Where the event stands in the history.</summary>
    public ulong Index => Node.ModifiedIndex;
}

/// <summary>What an event did; the JSON spelling is the name with a small first letter.</summary>
public enum V2Action
{
    Get,
    Create,
    Set,
    Update,
    Delete,
    CompareAndSwap,
    CompareAndDelete,
    Expire,
}

/// <summary>A node of the v2 store as clients see it. Immutable.</summary>
/// <param name="Key">Absolute path, with the internal root that it lives under.</param>
public sealed record V2NodeView(string Key)
{
    /// <summary>Null for directories, and in the event that removed a node.</summary>
    public string? Value { get; init; }

    public bool IsDirectory { get; init; }

    /// <summary>Unix nanoseconds; 0 for a permanent node.</summary>
    public long Expiration { get; init; }

    /// <summary>Seconds left, rounded up, when the view was made; negative if overdue.</summary>
    public long TtlSeconds { get; init; }

    /// <summary>Children by key; empty if none or not asked for.</summary>
    public IReadOnlyList<V2NodeView> Nodes { get; init; } = [];

    public ulong ModifiedIndex { get; init; }

    public ulong CreatedIndex { get; init; }
}

/// <summary>The answer to one v2 operation: an event or an error. Neither: done, and nobody has anything to read.</summary>
public readonly record struct V2Result(V2Event? Event, V2Error? Error)
{
    public static implicit operator V2Result(V2Event done) => new(done, null);

    public static implicit operator V2Result(V2Error refusal) => new(null, refusal);
}

/// <summary>When a node ends.</summary>
/// <param name="UnixNanoseconds">0: never.</param>
/// <param name="Refresh">Keep the value and tell no watcher.</param>
public readonly record struct V2Expiry(long UnixNanoseconds, bool Refresh = false)
{
    public static V2Expiry Never => default;
}
