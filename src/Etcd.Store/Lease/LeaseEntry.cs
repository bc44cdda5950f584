namespace Etcd.Store.Lease;

/// <summary>One lease. Guarded by the lessor's lock.</summary>
internal sealed class LeaseEntry(long id, long ttlSeconds, long checkpointSeconds)
{
    /// <summary>Leases of a follower, or of a leader that has not been promoted, never run out.</summary>
    public static readonly TimeSpan Forever = TimeSpan.MaxValue;

    // Null, one key (most leases), or all keys. A lease per key is common, so the lone key needs no set.
    private byte[]? _onlyKey;
    private HashSet<byte[]>? _keys;

    public long Id { get; } = id;

    /// <summary>TTL at the grant, in seconds; never below the minimum.</summary>
    public long TtlSeconds { get; } = ttlSeconds;

    /// <summary>Seconds left according to the last checkpoint; 0 if there is none.</summary>
    public long CheckpointSeconds { get; set; } = checkpointSeconds;

    /// <summary>Monotonic time of expiry, or <see cref="Forever"/>.</summary>
    public TimeSpan Expiry { get; private set; } = Forever;

    /// <summary>When the expiry heap looks at this lease next: its expiry, or a retry after it.</summary>
    public TimeSpan LookAt { get; set; }

    /// <summary>When the next checkpoint is due. Queued times that differ from it are stale.</summary>
    public TimeSpan CheckpointAt { get; set; } = Forever;

    /// <summary>Place in the expiry heap; -1 if it is not there.</summary>
    public int HeapIndex { get; set; } = -1;

    /// <summary>What a new leader starts from.</summary>
    public long RemainingSeconds => CheckpointSeconds > 0 ? CheckpointSeconds : TtlSeconds;

    public void Refresh(TimeSpan now, TimeSpan extend) => Expiry = now + extend + TimeSpan.FromSeconds(RemainingSeconds);

    public void NeverExpire() => Expiry = Forever;

    public void AddKey(byte[] key)
    {
        if (_keys is not null)
        {
            _keys.Add(key);
        }
        else if (_onlyKey is null)
        {
            _onlyKey = key;
        }
        else if (!_onlyKey.AsSpan().SequenceEqual(key))
        {
            _keys = new HashSet<byte[]>(KeyComparer.Instance) { _onlyKey, key };
            _onlyKey = null;
        }
    }

    public void RemoveKey(byte[] key)
    {
        if (_keys is not null)
            _keys.Remove(key);
        else if (_onlyKey is not null && _onlyKey.AsSpan().SequenceEqual(key))
            _onlyKey = null;
    }

    /// <summary>A copy in byte-wise order.</summary>
    public byte[][] SortedKeys()
    {
        if (_onlyKey is not null)
            return [_onlyKey];
        if (_keys is null)
            return [];
        byte[][] keys = [.. _keys];
        Array.Sort(keys, static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return keys;
    }
}
