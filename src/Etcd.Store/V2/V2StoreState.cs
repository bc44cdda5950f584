namespace Etcd.Store.V2;

/// <summary>Everything a v2 store consists of. Guarded by the store's lock.</summary>
internal sealed class V2StoreState
{
    public V2StoreState()
    {
        Root.Children!["0"] = V2Node.NewDirectory(V2Path.ClusterRoot, Root, 0, 0);
        Root.Children["1"] = V2Node.NewDirectory(V2Path.KeysRoot, Root, 0, 0);
    }

    public V2Node Root { get; private set; } = V2Node.NewDirectory("/", null, 0, 0);

    public ulong Index { get; set; }

    /// <summary>Format version of the saved document.</summary>
    public long Version { get; set; } = 2;

    public V2Stats Stats { get; } = new();

    public V2EventHistory History { get; } = new();

    public V2WatcherHub Watchers { get; } = new();

    public V2TtlIndex Ttls { get; } = new();

    public static bool IsReadOnly(string cleanPath) => cleanPath is "/" or V2Path.ClusterRoot or V2Path.KeysRoot;

    /// <summary>Takes over a whole tree. A directory that every store has is added if the tree lacks it.</summary>
    public void ReplaceRoot(V2Node root)
    {
        foreach ((string name, V2Node directory) in Root.Children!)
        {
            if (!root.Children!.ContainsKey(name))
                root.Children[name] = V2Node.NewDirectory(directory.Path, root, 0, 0);
        }
        Root = root;
    }

    /// <summary>Finds the node of a path, which need not be clean.</summary>
    public V2Error? Find(string path, out V2Node? node)
    {
        node = Root;
        ReadOnlySpan<char> components = V2Path.Clean(path).AsSpan(1);
        foreach (Range range in components.Split('/'))
        {
            ReadOnlySpan<char> component = components[range];
            if (component.IsEmpty)
                break;
            V2Node parent = node;
            node = null;
            if (parent.Children is not { } children)
                return new V2Error(V2ErrorCode.NotDirectory, parent.Path, Index);
            string name = component.ToString();
            if (!children.TryGetValue(name, out node))
                return new V2Error(V2ErrorCode.KeyNotFound, V2Path.Join(parent.Path, name), Index);
        }
        return null;
    }

    /// <summary>Finds the directory that a path is in, and makes missing ones, which never expire.</summary>
    public V2Error? FindOrMakeParent(string cleanPath, ulong nextIndex, out V2Node? parent)
    {
        parent = null;
        V2Node directory = Root;
        ReadOnlySpan<char> components = cleanPath.AsSpan(1, Math.Max(0, cleanPath.LastIndexOf('/') - 1));
        foreach (Range range in components.Split('/'))
        {
            if (components[range].IsEmpty)
                break;
            string name = components[range].ToString();
            if (!directory.Children!.TryGetValue(name, out V2Node? child))
                directory.Children[name] = child = V2Node.NewDirectory(V2Path.Join(directory.Path, name), directory, nextIndex, 0);
            if (!child.IsDirectory)
                return new V2Error(V2ErrorCode.NotDirectory, child.Path, Index);
            directory = child;
        }
        parent = directory;
        return null;
    }

    /// <summary>Enters an event into the history and, unless it is a mere refresh, tells watchers.</summary>
    public V2Event Publish(V2Event happened)
    {
        History.Add(happened);
        if (!happened.IsRefresh)
            Watchers.Notify(happened);
        return happened;
    }
}
