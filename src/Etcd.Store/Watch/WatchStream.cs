namespace Etcd.Store.Watch;

/// <summary>All watches of one client call, and the bounded queue of responses to send to it.</summary>
/// <remarks>Create, Cancel and progress may be called from any thread; one reader drains the queue.</remarks>
public sealed class WatchStream : IDisposable
{
    private readonly WatchHub _hub;

    internal WatchStream(WatchHub hub, WatchQueue queue)
    {
        _hub = hub;
        Queue = queue;
    }

    /// <summary>Responses that wait to be sent. Whoever reads the client's requests should stop while there are very many:
    /// answers to requests are never refused.</summary>
    public int QueuedPieces => Queue.Count;

    internal WatchQueue Queue { get; }

    /// <summary>By id. Guarded by the hub's lock, like the two below.</summary>
    internal SortedDictionary<long, Watcher> Watchers { get; } = [];

    internal long NextId { get; set; }

    internal bool IsClosed { get; set; }

    /// <summary>Starts a watch. The answer (created, or created and canceled with a reason) is queued before any event.</summary>
    /// <returns>The id, or -1 if refused.</returns>
    public long Create(in WatchCreate request) => _hub.Create(this, request);

    /// <summary>Queues a refusal that was decided elsewhere (permissions): created, canceled, id -1.</summary>
    public void Refuse(string reason) => _hub.Refuse(this, reason);

    /// <summary>Ends a watch and queues the confirmation; an unknown id is ignored.</summary>
    public void Cancel(long watchId) => _hub.Cancel(this, watchId);

    /// <summary>Client asked for progress: answered only if every watch of this stream is in sync.</summary>
    public void RequestProgress() => _hub.RequestProgress(this);

    /// <summary>Timer tick: queues an empty response for every watch with progress_notify that is in sync and had no
    /// event since the last tick.</summary>
    public void NotifyProgress() => _hub.NotifyProgress(this);

    /// <summary>Takes the next response to send.</summary>
    /// <returns>False if none waits; the callback given to <see cref="WatchHub.OpenStream"/> tells when one does.</returns>
    public bool TryRead(out WatchPiece piece)
    {
        bool found = Queue.TryTake(out piece, out bool madeRoom);
        if (madeRoom)
            _hub.Wake();
        return found;
    }

    /// <summary>Ends all watches.</summary>
    public void Dispose() => _hub.Close(this);
}

/// <summary>What a client wants to watch (WatchCreateRequest).</summary>
/// <param name="Key">Empty means <c>\0</c>.</param>
/// <param name="RangeEnd">Empty: one key; <c>\0</c>: all keys from <paramref name="Key"/>.</param>
/// <param name="StartRevision">0: from now.</param>
/// <param name="WatchId">0: the server chooses.</param>
public readonly record struct WatchCreate(
    ReadOnlyMemory<byte> Key,
    ReadOnlyMemory<byte> RangeEnd,
    long StartRevision,
    long WatchId,
    WatchFlags Flags);

[Flags]
public enum WatchFlags
{
    None = 0,
    ProgressNotify = 1,
    NoPut = 2,
    NoDelete = 4,
    PreviousKeyValue = 8,

    /// <summary>Split responses that are larger than the transport's limit.</summary>
    Fragment = 16,
}
