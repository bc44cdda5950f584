using Etcd.Protocol.Errors;
using Etcd.Store.Mvcc;

namespace Etcd.Store.Watch;

/// <summary>Brings committed changes to watchers. A slow watcher never delays a write.</summary>
/// <remarks>
/// <code>
/// apply thread ── Publish ──► synced watchers ──► queue of each stream ──► its reader
///                                  │    ▲
///                 queue full       ▼    │  caught up
/// start in the past ─────────► behind ──┴── CatchUpStep reads history
/// </code>
/// One lock guards who is where; it is held while changes are handed out and for the last few revisions of a catch-up, never while
/// history is read from the database.</remarks>
public sealed class WatchHub : IDisposable
{
    private const int MaxWatchersPerStep = 512;
    private const long DefaultFragmentBytes = 2 << 20;
    private readonly MvccStore _store;
    private readonly long _queueBytes;
    private readonly Lock _lock = new();
    private readonly WatcherSet _synced = new();
    private readonly Queue<Watcher> _behind = new();
    private readonly List<WatchStream> _streams = [];
    private readonly List<Watcher> _found = [];
    private readonly List<Watcher> _gathering = [];
    private long _revision;
    private int _behindCount;

    internal WatchHub(MvccStore store, long queueBytes)
    {
        _store = store;
        _queueBytes = queueBytes;
        _revision = store.CurrentRevision;
    }

    /// <summary>Fires, on any thread, when <see cref="CatchUpStep"/> has something to do. Must not block.</summary>
    public Action? WorkArrived { get; set; }

    /// <summary>Watchers now open, for metrics.</summary>
    public int WatcherCount
    {
        get
        {
            lock (_lock)
                return _streams.Sum(static stream => stream.Watchers.Count);
        }
    }

    /// <summary>Watchers that are behind, for metrics.</summary>
    public int SlowWatcherCount
    {
        get
        {
            lock (_lock)
                return _behindCount;
        }
    }

    /// <summary>Streams now open, for metrics.</summary>
    public int StreamCount
    {
        get
        {
            lock (_lock)
                return _streams.Count;
        }
    }

    /// <summary>One stream per client call; it may carry many watches.</summary>
    /// <param name="readable">Called, on any thread and possibly under the hub's lock, when the stream's empty queue got
    /// something to read. Must only wake the reader.</param>
    /// <param name="fragmentBytes">Size above which responses are split for watches that allow it.</param>
    public WatchStream OpenStream(Action readable, long fragmentBytes = DefaultFragmentBytes)
    {
        var stream = new WatchStream(this, new WatchQueue(readable, _queueBytes, fragmentBytes));
        lock (_lock)
            _streams.Add(stream);
        return stream;
    }

    /// <summary>Catches some watchers up that are behind (a start revision in the past, or a queue that was full).
    /// The owner calls it when <see cref="WorkArrived"/> fires and again while it returns true; one thread at a time.</summary>
    /// <returns>True if calling again at once makes progress.</returns>
    public bool CatchUpStep()
    {
        List<Watcher> chosen = Choose(out long target);
        if (chosen.Count == 0)
            return false;
        HistoryBatch history = HistoryBatch.Read(_store, chosen, target);
        lock (_lock)
        {
            HandOut(chosen, history);
            // What was applied meanwhile is little: read it under the lock, so that nothing can come after it.
            List<Watcher> almost = chosen.FindAll(watcher => watcher.State == WatcherState.CatchingUp && watcher.NextRevision > target);
            if (almost.Count > 0 && _revision > target && _revision - target <= HistoryBatch.MaxRevisions)
                HandOut(almost, HistoryBatch.Read(_store, almost, _revision));
            foreach (Watcher watcher in chosen)
                Settle(watcher);
            return _behind.Any(static watcher => watcher.Stream.Queue.HasRoom);
        }
    }

    /// <summary>Ends all streams.</summary>
    public void Dispose()
    {
        WatchStream[] streams;
        lock (_lock)
            streams = [.. _streams];
        foreach (WatchStream stream in streams)
            stream.Dispose();
    }

    // ---- apply thread ----

    /// <summary>Hands changes out; afterwards every synced watcher has everything up to <paramref name="revision"/>.</summary>
    internal void Publish(ChangeLog log, long revision)
    {
        lock (_lock)
        {
            if (log.IsOverflown)
                LeaveBehind(_revision + 1);
            else if (_synced.Count > 0 && log.Changes.Count > 0)
                HandOutChanges(log.Changes);
            _revision = revision;
        }
    }

    /// <summary>The store was replaced by a newer one: every watcher has to read what it missed.</summary>
    internal void Reload(long revision)
    {
        lock (_lock)
        {
            LeaveBehind(_revision + 1);
            _revision = revision;
        }
    }

    internal void Wake() => WorkArrived?.Invoke();

    // ---- streams ----

    internal long Create(WatchStream stream, in WatchCreate request)
    {
        byte[] key = request.Key.IsEmpty ? [0] : request.Key.ToArray();
        bool single = request.RangeEnd.IsEmpty;
        byte[]? end = single || KeyRange.IsFromKey(request.RangeEnd.Span) ? null : request.RangeEnd.ToArray();
        lock (_lock)
        {
            if (stream.IsClosed)
                return -1;
            string? refusal = WhyNot(stream, key, end, request);
            if (refusal is not null)
            {
                RefuseLocked(stream, refusal);
                return -1;
            }
            long id = request.WatchId != 0 ? request.WatchId : TakeId(stream);
            var watcher = new Watcher(stream, id, key, end, single, request.Flags, request.StartRevision);
            stream.Watchers.Add(id, watcher);
            stream.Queue.Add(new WatchPiece { Created = true, WatchId = id, HeaderRevision = _revision }, closesPieces: false);
            Start(watcher);
            return id;
        }
    }

    internal void Refuse(WatchStream stream, string reason)
    {
        lock (_lock)
            RefuseLocked(stream, reason);
    }

    internal void Cancel(WatchStream stream, long id)
    {
        lock (_lock)
        {
            if (!stream.Watchers.Remove(id, out Watcher? watcher))
                return;
            Drop(watcher);
            stream.Queue.Add(new WatchPiece { Canceled = true, WatchId = id, HeaderRevision = _revision }, closesPieces: false);
        }
    }

    internal void RequestProgress(WatchStream stream)
    {
        const long AllWatches = -1;
        lock (_lock)
        {
            if (stream.Watchers.Count > 0 && stream.Watchers.Values.All(IsInSync))
                stream.Queue.Add(new WatchPiece { WatchId = AllWatches, HeaderRevision = _revision }, closesPieces: true);
        }
    }

    internal void NotifyProgress(WatchStream stream)
    {
        lock (_lock)
        {
            foreach (Watcher watcher in stream.Watchers.Values)
            {
                if (watcher.WantsProgress && !watcher.HadEvent && IsInSync(watcher))
                    stream.Queue.Add(new WatchPiece { WatchId = watcher.Id, HeaderRevision = _revision }, closesPieces: true);
                watcher.HadEvent = false;
            }
        }
    }

    internal void Close(WatchStream stream)
    {
        lock (_lock)
        {
            if (stream.IsClosed)
                return;
            stream.IsClosed = true;
            foreach (Watcher watcher in stream.Watchers.Values)
                Drop(watcher);
            stream.Watchers.Clear();
            _streams.Remove(stream);
        }
        stream.Queue.Close();
    }

    // ---- under the lock ----

    private static string? WhyNot(WatchStream stream, byte[] key, byte[]? end, in WatchCreate request)
    {
        if (end is not null && key.AsSpan().SequenceCompareTo(end) >= 0)
            return EtcdError.EmptyWatchRange;
        if (request.StartRevision < 0)
            return EtcdError.Compacted.Message;
        return request.WatchId != 0 && stream.Watchers.ContainsKey(request.WatchId) ? EtcdError.DuplicateWatchId : null;
    }

    private void RefuseLocked(WatchStream stream, string reason) =>
        stream.Queue.Add(new WatchPiece { Created = true, Canceled = true, WatchId = -1, CancelReason = reason, HeaderRevision = _revision }, closesPieces: false);

    private static long TakeId(WatchStream stream)
    {
        while (stream.Watchers.ContainsKey(stream.NextId))
            stream.NextId++;
        return stream.NextId++;
    }

    private void Start(Watcher watcher)
    {
        watcher.NextRevision = watcher.StartRevision == 0 ? _revision + 1 : watcher.StartRevision;
        if (watcher.NextRevision > _revision)
        {
            watcher.State = WatcherState.Synced;
            _synced.Add(watcher);
            return;
        }
        WaitBehind(watcher);
        Wake();
    }

    private void Drop(Watcher watcher)
    {
        if (watcher.State == WatcherState.Synced)
            _synced.Remove(watcher);
        else if (watcher.State is WatcherState.Behind or WatcherState.CatchingUp)
            _behindCount--;
        watcher.State = WatcherState.Closed; // If it is in the queue of those behind, it is skipped there.
    }

    private bool IsInSync(Watcher watcher) => watcher.State == WatcherState.Synced && watcher.StartRevision <= _revision;

    private void WaitBehind(Watcher watcher)
    {
        watcher.State = WatcherState.Behind;
        _behind.Enqueue(watcher);
        _behindCount++;
    }

    private void LeaveBehind(long nextRevision)
    {
        foreach (WatchStream stream in _streams)
        {
            foreach (Watcher watcher in stream.Watchers.Values)
            {
                if (watcher.State == WatcherState.Synced)
                    FallBehind(watcher, nextRevision);
            }
        }
        Wake();
    }

    private void FallBehind(Watcher watcher, long nextRevision)
    {
        _synced.Remove(watcher);
        watcher.NextRevision = Math.Max(watcher.NextRevision, nextRevision);
        WaitBehind(watcher);
    }

    private void HandOutChanges(IReadOnlyList<Change> changes)
    {
        using var encoder = new ChangeEncoder(_store);
        for (int first = 0; first < changes.Count;)
        {
            long revision = changes[first].Revision.Main;
            int behind = first + 1;
            while (behind < changes.Count && changes[behind].Revision.Main == revision)
                behind++;
            if (behind == first + 1)
                HandOutOne(changes[first], encoder);
            else
                HandOutSeveral(changes, first, behind, encoder);
            first = behind;
        }
    }

    private void HandOutOne(in Change change, ChangeEncoder encoder)
    {
        FindWatchers(change);
        foreach (Watcher watcher in _found)
        {
            if (change.Revision.Main < watcher.NextRevision || watcher.Filters(change.IsDelete))
                continue;
            ReadOnlyMemory<byte> encoded = encoder.Encode(change, watcher.WantsPrevious);
            Queue(watcher, change.Revision.Main, new ReadOnlySpan<ReadOnlyMemory<byte>>(in encoded));
        }
    }

    // All events of one revision belong into one response, so they are gathered per watcher first.
    private void HandOutSeveral(IReadOnlyList<Change> changes, int first, int behind, ChangeEncoder encoder)
    {
        _gathering.Clear();
        for (int i = first; i < behind; i++)
        {
            Change change = changes[i];
            FindWatchers(change);
            foreach (Watcher watcher in _found)
            {
                if (change.Revision.Main < watcher.NextRevision || watcher.Filters(change.IsDelete))
                    continue;
                if (watcher.Gathered is null)
                    _gathering.Add(watcher);
                (watcher.Gathered ??= []).Add(encoder.Encode(change, watcher.WantsPrevious));
            }
        }
        foreach (Watcher watcher in _gathering)
        {
            Queue(watcher, changes[first].Revision.Main, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(watcher.Gathered));
            watcher.Gathered = null;
        }
    }

    private void FindWatchers(in Change change)
    {
        _found.Clear();
        _synced.Find(ChangeEncoder.KeyOf(change.Record.Span), _found);
    }

    private void Queue(Watcher watcher, long revision, ReadOnlySpan<ReadOnlyMemory<byte>> events)
    {
        watcher.HadEvent = true;
        if (!watcher.Stream.Queue.TryAdd(watcher, revision, events))
            FallBehind(watcher, revision);
    }

    private List<Watcher> Choose(out long target)
    {
        List<Watcher> chosen = [];
        lock (_lock)
        {
            target = _revision;
            for (int left = _behind.Count; left > 0 && chosen.Count < MaxWatchersPerStep; left--)
            {
                Watcher watcher = _behind.Dequeue();
                if (watcher.State != WatcherState.Behind)
                    continue;
                bool hasRoom = watcher.Stream.Queue.HasRoomOrWaits();
                // One batch of history serves watchers that are about equally far; the others get their own turn.
                if (hasRoom && (chosen.Count == 0 || Math.Abs(watcher.NextRevision - chosen[0].NextRevision) <= HistoryBatch.MaxRevisions))
                {
                    watcher.State = WatcherState.CatchingUp;
                    chosen.Add(watcher);
                    continue;
                }
                _behind.Enqueue(watcher);
            }
        }
        return chosen;
    }

    private static void HandOut(List<Watcher> watchers, HistoryBatch history)
    {
        foreach (Watcher watcher in watchers)
        {
            if (watcher.State != WatcherState.CatchingUp)
                continue;
            if (watcher.NextRevision < history.CompactedRevision)
            {
                watcher.State = WatcherState.Compacted;
                watcher.Stream.Queue.Add(
                    new WatchPiece { Canceled = true, WatchId = watcher.Id, CompactRevision = history.CompactedRevision }, closesPieces: false);
                continue;
            }
            watcher.NextRevision = history.QueueFor(watcher);
        }
    }

    private void Settle(Watcher watcher)
    {
        if (watcher.State == WatcherState.Compacted)
        {
            _behindCount--;
        }
        else if (watcher.State == WatcherState.CatchingUp)
        {
            _behindCount--;
            if (watcher.NextRevision > _revision)
            {
                watcher.State = WatcherState.Synced;
                _synced.Add(watcher);
            }
            else
            {
                WaitBehind(watcher);
            }
        }
    }
}
