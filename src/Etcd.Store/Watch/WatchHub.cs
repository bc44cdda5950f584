namespace Etcd.Store.Watch;

/// <summary>Brings committed changes to watchers. A slow watcher never delays a write.</summary>
public sealed class WatchHub
{
    /// <summary>One stream per client call; it may carry many watches.</summary>
    /// <param name="readable">Called, on any thread and possibly under the hub's lock, when the stream's empty queue got
    /// something to read. Must only wake the reader.</param>
    public WatchStream OpenStream(Action readable) => throw new NotSupportedException();

    /// <summary>Catches some watchers up that are behind (a start revision in the past, or a queue that was full).
    /// The owner calls it when <see cref="WorkArrived"/> fires and again while it returns true; one thread at a time.</summary>
    /// <returns>True if calling again at once makes progress.</returns>
    public bool CatchUpStep() => throw new NotSupportedException();

    /// <summary>Fires, on any thread, when <see cref="CatchUpStep"/> has something to do. Must not block.</summary>
    public Action? WorkArrived { get; set; }

    /// <summary>Watchers now open, for metrics.</summary>
    public int WatcherCount => throw new NotSupportedException();

    /// <summary>Watchers that are behind, for metrics.</summary>
    public int SlowWatcherCount => throw new NotSupportedException();
}
