using System.Buffers;
using System.Globalization;

namespace Etcd.Store.V2;

/// <summary>etcd's v2 key space: a tree of directories and values with TTLs, an event history and watchers.</summary>
/// <remarks>Thread-safe: the apply thread changes it, any thread gets and watches. Knows no clock: <c>now</c> is Unix
/// time in nanoseconds and only serves to show remaining TTLs; what expires is decided by
/// <see cref="DeleteExpired"/>, whose time comes from the log.</remarks>
public sealed class V2Store
{
    // Expirations before the year 2000 mean none: JavaScript clients used to send such times.
    private const long EarliestExpiration = 946_684_800_000_000_000;

    private readonly Lock _lock = new();
    private V2StoreState _state = new();

    /// <summary>Number of changes so far.</summary>
    public ulong Index
    {
        get
        {
            lock (_lock)
                return _state.Index;
        }
    }

    /// <summary>While it is true, the leader proposes a SYNC with its time twice per second.</summary>
    public bool HasTtlKeys
    {
        get
        {
            lock (_lock)
                return _state.Ttls.Count > 0;
        }
    }

    /// <summary>Reads a value or lists a directory, always in byte-wise order.</summary>
    public V2Result Get(string path, bool recursive, long now)
    {
        lock (_lock)
        {
            if (_state.Find(path, out V2Node? node) is { } refusal)
                return Count(V2Counter.GetsFail, refusal);
            _state.Stats[V2Counter.GetsSuccess]++;
            return new V2Event(V2Action.Get, node!.ViewTree(path, recursive, now)) { EtcdIndex = _state.Index };
        }
    }

    /// <summary>Creates a node that must not exist.</summary>
    /// <param name="inOrder">Make a new name below the path: the new index with 20 digits.</param>
    public V2Result Create(string path, bool directory, string value, bool inOrder, V2Expiry expiry, long now)
    {
        lock (_lock)
        {
            if (inOrder)
                path += "/" + (_state.Index + 1).ToString("D20", CultureInfo.InvariantCulture);
            V2Result result = Put(V2Action.Create, path, directory, value, replace: false, expiry.UnixNanoseconds, now);
            if (result.Error is { } refusal)
                return Count(V2Counter.CreateFail, refusal);
            _state.Stats[V2Counter.CreateSuccess]++;
            _state.Publish(result.Event!);
            return result;
        }
    }

    /// <summary>Creates a node or replaces a value.</summary>
    public V2Result Set(string path, bool directory, string value, V2Expiry expiry, long now)
    {
        lock (_lock)
        {
            V2Error? missing = _state.Find(path, out V2Node? previous);
            if (missing is not null && (expiry.Refresh || missing.Code != V2ErrorCode.KeyNotFound))
                return Count(V2Counter.SetsFail, missing);
            V2NodeView? previousView = previous is { IsDirectory: false } ? previous.ViewTree(path, recursive: false, now) : null;
            V2Result result = Put(V2Action.Set, path, directory, expiry.Refresh ? previous!.Value : value, replace: true, expiry.UnixNanoseconds, now);
            if (result.Error is { } refusal)
                return Count(V2Counter.SetsFail, refusal);
            _state.Stats[V2Counter.SetsSuccess]++;
            return _state.Publish(result.Event! with { PrevNode = previousView, IsRefresh = expiry.Refresh });
        }
    }

    /// <summary>Changes a value and its TTL, or the TTL of a directory.</summary>
    public V2Result Update(string path, string value, V2Expiry expiry, long now)
    {
        path = V2Path.Clean(path);
        lock (_lock)
        {
            // Compat: the two refusals that are not about a missing key count as successes.
            if (V2StoreState.IsReadOnly(path))
                return Count(V2Counter.UpdateSuccess, ReadOnlyRoot());
            if (_state.Find(path, out V2Node? node) is { } refusal)
                return Count(V2Counter.UpdateFail, refusal);
            if (node!.IsDirectory && value.Length > 0)
                return Count(V2Counter.UpdateSuccess, Refusal(V2ErrorCode.NotFile, path));
            _state.Stats[V2Counter.UpdateSuccess]++;
            return Rewrite(V2Action.Update, node, value, expiry, now);
        }
    }

    /// <summary>Changes a value if it is the expected one.</summary>
    /// <param name="prevValue">Empty: any.</param>
    /// <param name="prevIndex">0: any.</param>
    public V2Result CompareAndSwap(string path, string prevValue, ulong prevIndex, string value, V2Expiry expiry, long now)
    {
        path = V2Path.Clean(path);
        lock (_lock)
        {
            if (V2StoreState.IsReadOnly(path))
                return Count(V2Counter.CompareAndSwapSuccess, ReadOnlyRoot()); // Compat: counted as a success.
            if (_state.Find(path, out V2Node? node) is { } refusal)
                return Count(V2Counter.CompareAndSwapFail, refusal);
            if (node!.IsDirectory)
                return Count(V2Counter.CompareAndSwapFail, Refusal(V2ErrorCode.NotFile, path));
            if (Compare(node, prevValue, prevIndex) is { } difference)
                return Count(V2Counter.CompareAndSwapFail, Refusal(V2ErrorCode.TestFailed, difference));
            _state.Stats[V2Counter.CompareAndSwapSuccess]++;
            return Rewrite(V2Action.CompareAndSwap, node, value, expiry, now);
        }
    }

    /// <summary>Deletes a value or a directory.</summary>
    /// <param name="directory">Allow an empty directory.</param>
    /// <param name="recursive">Allow any directory.</param>
    public V2Result Delete(string path, bool directory, bool recursive, long now)
    {
        path = V2Path.Clean(path);
        lock (_lock)
        {
            if (V2StoreState.IsReadOnly(path))
                return Count(V2Counter.DeleteSuccess, ReadOnlyRoot()); // Compat: counted as a success.
            if (_state.Find(path, out V2Node? node) is { } refusal)
                return Count(V2Counter.DeleteFail, refusal);
            if (node!.IsDirectory && !directory && !recursive)
                return Count(V2Counter.DeleteFail, Refusal(V2ErrorCode.NotFile, path));
            if (node.Children is { Count: > 0 } && !recursive)
                return Count(V2Counter.DeleteFail, Refusal(V2ErrorCode.DirectoryNotEmpty, path));
            _state.Stats[V2Counter.DeleteSuccess]++;
            return Remove(V2Action.Delete, node, now);
        }
    }

    /// <summary>Deletes a value if it is the expected one.</summary>
    /// <inheritdoc cref="CompareAndSwap"/>
    public V2Result CompareAndDelete(string path, string prevValue, ulong prevIndex, long now)
    {
        path = V2Path.Clean(path);
        lock (_lock)
        {
            if (_state.Find(path, out V2Node? node) is { } refusal)
                return Count(V2Counter.CompareAndDeleteFail, refusal);
            // Compat: both refusals count as successes.
            if (node!.IsDirectory)
                return Count(V2Counter.CompareAndDeleteSuccess, Refusal(V2ErrorCode.NotFile, path));
            if (Compare(node, prevValue, prevIndex) is { } difference)
                return Count(V2Counter.CompareAndDeleteSuccess, Refusal(V2ErrorCode.TestFailed, difference));
            _state.Stats[V2Counter.CompareAndDeleteSuccess]++;
            return Remove(V2Action.CompareAndDelete, node, now);
        }
    }

    /// <summary>Removes what has expired, one index and one event per node; a directory takes everything below along.</summary>
    /// <param name="cutoff">Unix nanoseconds, from the leader's SYNC request.</param>
    public void DeleteExpired(long cutoff, long now)
    {
        lock (_lock)
        {
            while (_state.Ttls.First is { } node && node.Expiration <= cutoff)
            {
                _state.Stats[V2Counter.ExpireCount]++;
                Remove(V2Action.Expire, node, now);
            }
        }
    }

    /// <summary>Starts to watch a path.</summary>
    /// <param name="recursive">Also everything below.</param>
    /// <param name="stream">Many events, not just one.</param>
    /// <param name="sinceIndex">First index of interest, also a past one; 0: from now.</param>
    /// <param name="readable">Called on any thread and under the store's lock; must only wake the reader.</param>
    public V2Error? Watch(string path, bool recursive, bool stream, ulong sinceIndex, Action readable, out V2Watcher? watcher)
    {
        path = V2Path.Clean(path);
        watcher = null;
        lock (_lock)
        {
            ulong since = sinceIndex == 0 ? _state.Index + 1 : sinceIndex;
            if (!_state.History.TryFind(path, recursive, since, out V2Event? past))
                return Refusal(V2ErrorCode.EventIndexCleared, $"the requested history has been cleared [{_state.History.StartIndex}/{since}]");
            watcher = new V2Watcher(_lock, path, recursive, stream, since, _state.Index, readable);
            // Compat: a watch that is answered from history hears of nothing after that, even if it is a stream.
            if (past is not null)
                watcher.Deliver(past with { EtcdIndex = _state.Index, IsRefresh = false });
            else
                _state.Watchers.Add(watcher);
            return null;
        }
    }

    /// <summary>A counter of <c>/v2/stats/store</c>.</summary>
    public ulong Statistic(V2Counter counter)
    {
        lock (_lock)
            return counter == V2Counter.Watchers ? (ulong)_state.Watchers.Count : _state.Stats[counter];
    }

    /// <summary>The body of <c>/v2/stats/store</c>.</summary>
    public void WriteStats(IBufferWriter<byte> output)
    {
        lock (_lock)
        {
            _state.Stats[V2Counter.Watchers] = (ulong)_state.Watchers.Count;
            _state.Stats.WriteJson(output);
        }
    }

    /// <summary>The document that etcd keeps in .snap files (spec disk §9).</summary>
    public byte[] Save()
    {
        var output = new ArrayBufferWriter<byte>(16 * 1024);
        lock (_lock)
            V2Document.Write(output, _state);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Replaces everything by what <see cref="Save"/> or etcd wrote. Expired nodes go with the next SYNC.</summary>
    /// <exception cref="FormatException">Not such a document; nothing was changed.</exception>
    public void Recover(ReadOnlyMemory<byte> document)
    {
        V2StoreState state = V2Document.Read(document.Span);
        foreach (V2Node node in state.Root.Subtree())
        {
            if (V2StoreState.IsReadOnly(node.Path))
                node.Expiration = 0;
            state.Ttls.Add(node);
        }
        lock (_lock)
            _state = state;
    }

    /// <summary>As <see cref="Get"/>, but not counted: for our own reading. Null if there is no such node.</summary>
    internal V2NodeView? Peek(string path)
    {
        lock (_lock)
            return _state.Find(path, out V2Node? node) is null ? node!.ViewTree(path, recursive: true, now: 0) : null;
    }

    private V2Result Put(V2Action action, string path, bool directory, string value, bool replace, long expiration, long now)
    {
        path = V2Path.Clean(path);
        ulong nextIndex = _state.Index + 1;
        if (V2StoreState.IsReadOnly(path))
            return ReadOnlyRoot();
        if (expiration < EarliestExpiration)
            expiration = 0;
        if (_state.FindOrMakeParent(path, nextIndex, out V2Node? parent) is { } refusal)
            return Count(V2Counter.SetsFail, refusal); // Compat: counted here and, for a create, once more as such.
        string name = V2Path.NameOf(path);
        if (parent!.Children!.TryGetValue(name, out V2Node? existing))
        {
            if (!replace || existing.IsDirectory)
                return Refusal(replace ? V2ErrorCode.NotFile : V2ErrorCode.NodeExists, path);
            _state.Ttls.Remove(existing);
        }
        V2Node node = directory
            ? V2Node.NewDirectory(path, parent, nextIndex, expiration)
            : V2Node.NewValue(path, parent, nextIndex, expiration, value);
        parent.Children[name] = node;
        _state.Ttls.Add(node);
        _state.Index = nextIndex;
        return new V2Event(action, node.View(now)) { EtcdIndex = nextIndex };
    }

    private V2Result Rewrite(V2Action action, V2Node node, string value, V2Expiry expiry, long now)
    {
        ulong nextIndex = ++_state.Index;
        V2NodeView previous = node.View(now);
        // Compat: a directory keeps its modified index, although the event shows a new one.
        if (!node.IsDirectory)
        {
            if (!expiry.Refresh)
                node.Value = value;
            node.ModifiedIndex = nextIndex;
        }
        _state.Ttls.Move(node, expiry.UnixNanoseconds);
        var changed = new V2Event(action, node.View(now) with { ModifiedIndex = nextIndex })
        {
            PrevNode = previous,
            EtcdIndex = nextIndex,
            IsRefresh = expiry.Refresh,
        };
        return _state.Publish(changed);
    }

    private V2Event Remove(V2Action action, V2Node node, long now)
    {
        ulong nextIndex = ++_state.Index;
        var removed = new V2Event(action, new V2NodeView(node.Path)
        {
            IsDirectory = node.IsDirectory,
            ModifiedIndex = nextIndex,
            CreatedIndex = node.CreatedIndex,
        })
        {
            PrevNode = node.View(now),
            EtcdIndex = nextIndex,
        };
        List<V2Node> subtree = node.Subtree();
        node.Parent!.Children!.Remove(V2Path.NameOf(node.Path));
        for (int i = subtree.Count - 1; i >= 0; i--)
        {
            _state.Ttls.Remove(subtree[i]);
            _state.Watchers.NotifyAt(subtree[i].Path, removed, removed: true);
        }
        return _state.Publish(removed);
    }

    // What does not match, as clients are told; null if all does.
    private static string? Compare(V2Node node, string prevValue, ulong prevIndex)
    {
        bool isValueEqual = prevValue.Length == 0 || prevValue == node.Value;
        bool isIndexEqual = prevIndex == 0 || prevIndex == node.ModifiedIndex;
        string values = $"[{prevValue} != {node.Value}]";
        string indexes = $"[{prevIndex} != {node.ModifiedIndex}]";
        return (isValueEqual, isIndexEqual) switch
        {
            (true, true) => null,
            (false, true) => values,
            (true, false) => indexes,
            _ => $"{values} {indexes}",
        };
    }

    private V2Error Count(V2Counter counter, V2Error refusal)
    {
        _state.Stats[counter]++;
        return refusal;
    }

    private V2Error Refusal(V2ErrorCode code, string cause) => new(code, cause, _state.Index);

    private V2Error ReadOnlyRoot() => Refusal(V2ErrorCode.RootReadOnly, "/");
}
