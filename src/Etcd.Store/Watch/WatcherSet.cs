using Etcd.Store.Backend;

namespace Etcd.Store.Watch;

/// <summary>Watchers to be found by a key that they watch. Not thread-safe.</summary>
internal sealed class WatcherSet
{
    private readonly Dictionary<ReadOnlyMemory<byte>, WatcherList> _byKey;
    private readonly Dictionary<ReadOnlyMemory<byte>, WatcherList>.AlternateLookup<ReadOnlySpan<byte>> _byKeyBytes;
    private readonly RangeTree _ranges = new();

    public WatcherSet()
    {
        _byKey = new Dictionary<ReadOnlyMemory<byte>, WatcherList>(ByteComparer.Instance);
        _byKeyBytes = _byKey.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public int Count { get; private set; }

    public void Add(Watcher watcher)
    {
        Count++;
        if (!watcher.IsSingle)
        {
            _ranges.Add(watcher.Key, watcher.End, watcher);
            return;
        }
        if (!_byKey.TryGetValue(watcher.Key, out WatcherList? others))
            _byKey[watcher.Key] = others = new WatcherList();
        others.Add(watcher);
    }

    public void Remove(Watcher watcher)
    {
        Count--;
        if (!watcher.IsSingle)
        {
            _ranges.Remove(watcher.Key, watcher.End, watcher);
            return;
        }
        WatcherList others = _byKey[watcher.Key];
        others.Remove(watcher);
        if (others.Count == 0)
            _byKey.Remove(watcher.Key);
    }

    /// <summary>Adds every watcher of the key to <paramref name="found"/>.</summary>
    public void Find(ReadOnlySpan<byte> key, List<Watcher> found)
    {
        if (_byKey.Count > 0 && _byKeyBytes.TryGetValue(key, out WatcherList? watchers))
            watchers.AddTo(found);
        if (!_ranges.IsEmpty)
            _ranges.Find(key, found);
    }
}
