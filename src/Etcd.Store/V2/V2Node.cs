using Etcd.Foundation;

namespace Etcd.Store.V2;

/// <summary>A value or a directory of the v2 store. Guarded by the store's lock.</summary>
internal sealed class V2Node
{
    private V2Node(string path, V2Node? parent, ulong index, long expiration)
    {
        Path = path;
        Parent = parent;
        CreatedIndex = index;
        ModifiedIndex = index;
        Expiration = expiration;
    }

    public string Path { get; }

    /// <summary>Null for the root.</summary>
    public V2Node? Parent { get; }

    public ulong CreatedIndex { get; set; }

    public ulong ModifiedIndex { get; set; }

    /// <summary>Unix nanoseconds; 0 for a permanent node. A change must go through the store's TTL index.</summary>
    public long Expiration { get; set; }

    /// <summary>Empty for directories.</summary>
    public string Value { get; set; } = "";

    /// <summary>By name, in byte-wise order; null for a value.</summary>
    public SortedDictionary<string, V2Node>? Children { get; private set; }

    public bool IsDirectory => Children is not null;

    public bool IsPermanent => Expiration == 0;

    public static V2Node NewValue(string path, V2Node? parent, ulong index, long expiration, string value) =>
        new(path, parent, index, expiration) { Value = value };

    public static V2Node NewDirectory(string path, V2Node? parent, ulong index, long expiration) =>
        new(path, parent, index, expiration) { Children = new SortedDictionary<string, V2Node>(GoStringComparer.Instance) };

    /// <summary>Turns an empty directory into a value: a document tells only behind the node's path which of both it is.</summary>
    public void MakeValue() => Children = null;

    /// <summary>This node and everything below it, parents before children. Not recursive: paths may be deep.</summary>
    public List<V2Node> Subtree()
    {
        List<V2Node> nodes = [this];
        for (int i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].Children is { } children)
                nodes.AddRange(children.Values);
        }
        return nodes;
    }

    /// <summary>The node without its children.</summary>
    /// <param name="now">Unix nanoseconds.</param>
    public V2NodeView View(long now) => View(Path, now, []);

    /// <summary>The node with its visible children, or with everything visible below it.</summary>
    /// <param name="key">How the caller spelled the path.</param>
    public V2NodeView ViewTree(string key, bool recursive, long now)
    {
        if (Children is null)
            return View(key, now, []);
        List<(V2Node Node, int Parent)> order = [(this, -1)];
        for (int i = 0; i < order.Count; i++)
        {
            if (order[i].Node.Children is not { } children || (i > 0 && !recursive))
                continue;
            foreach ((string name, V2Node child) in children)
            {
                if (!V2Path.IsHiddenName(name))
                    order.Add((child, i));
            }
        }
        // Parents stand before children, so going backwards each node finds its children ready (last one first).
        var nodes = new List<V2NodeView>?[order.Count];
        for (int i = order.Count - 1; i > 0; i--)
        {
            nodes[i]?.Reverse();
            (nodes[order[i].Parent] ??= []).Add(order[i].Node.View(order[i].Node.Path, now, (IReadOnlyList<V2NodeView>?)nodes[i] ?? []));
        }
        nodes[0]?.Reverse();
        return View(key, now, (IReadOnlyList<V2NodeView>?)nodes[0] ?? []);
    }

    /// <summary>Seconds until the expiration, rounded up (towards zero when overdue); 0 for a permanent node.</summary>
    public long TtlSeconds(long now)
    {
        if (IsPermanent)
            return 0;
        const long NanosecondsPerSecond = 1_000_000_000;
        Int128 left = (Int128)Expiration - now;
        return (long)(left / NanosecondsPerSecond) + (left % NanosecondsPerSecond > 0 ? 1 : 0);
    }

    private V2NodeView View(string key, long now, IReadOnlyList<V2NodeView> nodes) => new(key)
    {
        Value = IsDirectory ? null : Value,
        IsDirectory = IsDirectory,
        Expiration = Expiration,
        TtlSeconds = TtlSeconds(now),
        Nodes = nodes,
        ModifiedIndex = ModifiedIndex,
        CreatedIndex = CreatedIndex,
    };
}
