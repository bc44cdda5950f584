namespace Etcd.Store.Watch;

/// <summary>How far a watcher is.</summary>
internal enum WatcherState
{
    /// <summary>Has everything up to the hub's revision and gets new changes as they come.</summary>
    Synced,

    /// <summary>Waits for the catch-up.</summary>
    Behind,

    /// <summary>The catch-up reads history for it at this moment.</summary>
    CatchingUp,

    /// <summary>Its next revision was compacted away: told so, and silent until it is cancelled.</summary>
    Compacted,

    Closed,
}

/// <summary>One watch. Everything that changes is guarded by the hub's lock, except <see cref="OpenPiece"/>.</summary>
internal sealed class Watcher(WatchStream stream, long id, byte[] key, byte[]? end, bool isSingle, WatchFlags flags, long startRevision)
{
    public WatchStream Stream => stream;

    public long Id => id;

    public byte[] Key => key;

    /// <summary>Exclusive; null: no end.</summary>
    public byte[]? End => end;

    public bool IsSingle => isSingle;

    public bool WantsPrevious => (flags & WatchFlags.PreviousKeyValue) != WatchFlags.None;

    public bool WantsProgress => (flags & WatchFlags.ProgressNotify) != WatchFlags.None;

    public bool WantsFragments => (flags & WatchFlags.Fragment) != WatchFlags.None;

    /// <summary>As the client asked for it; 0 for "from now".</summary>
    public long StartRevision => startRevision;

    public WatcherState State { get; set; }

    /// <summary>Smallest revision that it may still get. Kept up only while it is behind.</summary>
    public long NextRevision { get; set; }

    /// <summary>An event was queued since the last progress tick.</summary>
    public bool HadEvent { get; set; }

    /// <summary>Where it stands in the list that holds it, see <see cref="WatcherList"/>.</summary>
    public int Position { get; set; }

    /// <summary>Its last piece in the stream's queue, if that may still grow. Guarded by the queue's lock.</summary>
    public QueuedPiece? OpenPiece { get; set; }

    /// <summary>Events of the revision that is being handed out, if it has several changes.</summary>
    public List<ReadOnlyMemory<byte>>? Gathered { get; set; }

    public bool Filters(bool isDelete) => (flags & (isDelete ? WatchFlags.NoDelete : WatchFlags.NoPut)) != WatchFlags.None;
}

/// <summary>Watchers in no order that matters, with removal in constant time.</summary>
internal sealed class WatcherList
{
    private readonly List<Watcher> _watchers = [];

    public int Count => _watchers.Count;

    public void Add(Watcher watcher)
    {
        watcher.Position = _watchers.Count;
        _watchers.Add(watcher);
    }

    public void Remove(Watcher watcher)
    {
        Watcher last = _watchers[^1];
        _watchers[watcher.Position] = last;
        last.Position = watcher.Position;
        _watchers.RemoveAt(_watchers.Count - 1);
    }

    public void AddTo(List<Watcher> target) => target.AddRange(_watchers);
}
