namespace Etcd.Foundation.Threading;

/// <summary>A hand-over between many producers and one owner that takes all that waits in one go.</summary>
/// <remarks>Two lists swap roles, so a steady flow allocates nothing. Producers hold the lock for one append.</remarks>
public sealed class BatchQueue<T>(Action wakeOwner)
{
    private readonly Lock _lock = new();
    private List<T> _waiting = [];
    private List<T> _taken = [];
    private bool _closed;

    /// <summary>Adds one item and wakes the owner if it may be asleep.</summary>
    /// <returns>False if the queue was closed; the item was not taken.</returns>
    public bool Add(T item)
    {
        bool wasEmpty;
        lock (_lock)
        {
            if (_closed)
                return false;
            wasEmpty = _waiting.Count == 0;
            _waiting.Add(item);
        }
        if (wasEmpty)
            wakeOwner();
        return true;
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>All items that wait, in order of arrival. Owner only; the list is valid until the next call.</summary>
    public List<T> TakeAll()
    {
        _taken.Clear();
        lock (_lock)
            (_waiting, _taken) = (_taken, _waiting);
        return _taken;
    }

    /// <summary>Refuses further items; what waits can still be taken.</summary>
    public void Close()
    {
        lock (_lock)
            _closed = true;
    }
}
