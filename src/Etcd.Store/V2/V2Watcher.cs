namespace Etcd.Store.V2;

/// <summary>Waits for events of the v2 store: for one (long poll) or for many (stream).</summary>
/// <remarks>Thread-safe; a data structure without thread or clock. A reader that lags 100 events behind loses the watch:
/// it still gets what is queued, then the end.</remarks>
public sealed class V2Watcher
{
    /// <summary>Events that wait for a slow reader before the watch is given up.</summary>
    public const int QueueCapacity = 100;

    private readonly Lock _lock;
    private readonly Queue<V2Event> _queue = new();
    private readonly Action _readable;
    private readonly bool _recursive;
    private readonly ulong _sinceIndex;
    private bool _finished;

    internal V2Watcher(Lock storeLock, string path, bool recursive, bool stream, ulong sinceIndex, ulong startIndex, Action readable)
    {
        _lock = storeLock;
        Path = path;
        _recursive = recursive;
        IsStream = stream;
        _sinceIndex = sinceIndex;
        StartIndex = startIndex;
        _readable = readable;
    }

    /// <summary>Index of the store when the watch began (header X-Etcd-Index).</summary>
    public ulong StartIndex { get; }

    /// <summary>Nothing will come behind what <see cref="TryRead"/> still has.</summary>
    public bool IsFinished
    {
        get
        {
            lock (_lock)
                return _finished && _queue.Count == 0;
        }
    }

    internal string Path { get; }

    internal bool IsStream { get; }

    /// <summary>Place in the hub's list; null if not there (any more).</summary>
    internal LinkedListNode<V2Watcher>? Place { get; set; }

    internal V2WatcherHub? Hub { get; set; }

    public bool TryRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out V2Event? next)
    {
        lock (_lock)
            return _queue.TryDequeue(out next);
    }

    /// <summary>Ends the watch; what is queued may still be read.</summary>
    public void Remove()
    {
        lock (_lock)
        {
            Finish();
            Hub?.Remove(this);
        }
    }

    /// <summary>Queues an event if the watch wants it.</summary>
    /// <param name="isOwnPath">The event happened at the watched path itself.</param>
    /// <param name="removed">A node at the watched path goes away because of an ancestor.</param>
    /// <returns>False if the event is none of its business.</returns>
    internal bool Notify(V2Event happened, bool isOwnPath, bool removed)
    {
        if (!(_recursive || isOwnPath || removed) || happened.Index < _sinceIndex)
            return false;
        if (_queue.Count < QueueCapacity)
        {
            Deliver(happened);
        }
        else
        {
            Finish();
            Hub?.Remove(this);
        }
        return true;
    }

    internal void Deliver(V2Event happened)
    {
        _queue.Enqueue(happened);
        _finished |= !IsStream;
        _readable();
    }

    private void Finish()
    {
        _finished = true;
        _readable();
    }
}
