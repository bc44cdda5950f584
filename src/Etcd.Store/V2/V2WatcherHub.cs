namespace Etcd.Store.V2;

/// <summary>Brings events to the watchers that want them. Guarded by the store's lock.</summary>
internal sealed class V2WatcherHub
{
    private readonly Dictionary<string, LinkedList<V2Watcher>> _byPath = new(StringComparer.Ordinal);

    public int Count { get; private set; }

    public void Add(V2Watcher watcher)
    {
        if (!_byPath.TryGetValue(watcher.Path, out LinkedList<V2Watcher>? watchers))
            _byPath[watcher.Path] = watchers = new LinkedList<V2Watcher>();
        watcher.Hub = this;
        watcher.Place = watchers.AddLast(watcher);
        Count++;
    }

    public void Remove(V2Watcher watcher)
    {
        if (watcher.Place is not { } place)
            return;
        watcher.Place = null;
        LinkedList<V2Watcher> watchers = place.List!;
        watchers.Remove(place);
        Count--;
        if (watchers.Count == 0)
            _byPath.Remove(watcher.Path);
    }

    /// <summary>Tells the watchers of the event's path and of every directory above it, from the root down.</summary>
    public void Notify(V2Event happened)
    {
        if (Count == 0)
            return;
        string key = happened.Node.Key;
        NotifyAt("/", happened, removed: false);
        for (int slash = key.IndexOf('/', 1); slash >= 0; slash = key.IndexOf('/', slash + 1))
            NotifyAt(key.AsSpan(0, slash), happened, removed: false);
        if (key.Length > 1)
            NotifyAt(key, happened, removed: false);
    }

    /// <summary>Tells the watchers of one path.</summary>
    /// <param name="removed">The node there goes away, wherever the event happened.</param>
    public void NotifyAt(ReadOnlySpan<char> path, V2Event happened, bool removed)
    {
        if (Count == 0 || !_byPath.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(path, out LinkedList<V2Watcher>? watchers))
            return;
        bool isOwnPath = path.SequenceEqual(happened.Node.Key);
        if (!isOwnPath && V2Path.IsHiddenBelow(path.ToString(), happened.Node.Key))
            return;
        for (LinkedListNode<V2Watcher>? place = watchers.First; place is not null;)
        {
            V2Watcher watcher = place.Value;
            place = place.Next;
            if (watcher.Notify(happened, isOwnPath, removed) && !watcher.IsStream)
                Remove(watcher);
        }
    }
}
