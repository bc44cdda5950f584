using System.Runtime.InteropServices;
using Etcd.Protocol.Errors;
using Etcd.Store.Backend;

namespace Etcd.Store.Lease;

/// <summary>All leases of the store: who has which keys, and, on the leader only, when each runs out.</summary>
/// <remarks>Grant, Remove, Checkpoint, Attach and Detach belong to the apply thread; the rest may be called from any
/// thread. Knows no clock: <c>now</c> is a monotonic time since any fixed start.
/// <para>Expiry never deletes anything here. <see cref="Advance"/> names the expired leases, their owner proposes
/// LeaseRevoke, and applying that calls <see cref="Remove"/> on every member.</para></remarks>
public sealed class Lessor : ILeaseKeys
{
    /// <summary>Longest TTL that can be granted; etcd counts it in 64-bit nanoseconds.</summary>
    public const long MaximumTtlSeconds = 9_000_000_000;

    // etcd revokes at most this many leases per second, half of it in each of its two rounds per second.
    private const int RevokesPerSecond = 1000;

    private readonly Lock _lock = new();
    private readonly IBackend _backend;
    private readonly LessorOptions _options;
    private readonly Dictionary<long, LeaseEntry> _leases = [];
    private readonly Dictionary<byte[], LeaseEntry> _leaseOfKey = new(KeyComparer.Instance);
    private readonly ExpiryHeap _expiries = new();
    // May name leases that are gone or were scheduled anew; LeaseEntry.CheckpointAt tells when due.
    private readonly PriorityQueue<long, TimeSpan> _checkpoints = new();
    private bool _isPrimary;

    /// <summary>Reads the leases of the database. Keys are attached by Mvcc when it opens.</summary>
    /// <exception cref="Foundation.CorruptException">A record in the bucket is no lease.</exception>
    public Lessor(IBackend backend, LessorOptions options)
    {
        _backend = backend;
        _options = options;
        foreach ((_, ReadOnlyMemory<byte> value) in backend.Scan(Bucket.Lease))
        {
            Protocol.Leases.Lease record = LeaseRecord.Decode(value);
            long ttlSeconds = Math.Max(record.TTL, options.MinimumTtlSeconds);
            _leases[record.ID] = new LeaseEntry(record.ID, ttlSeconds, record.RemainingTTL);
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
                return _leases.Count;
        }
    }

    /// <summary>True on the leader, from <see cref="Promote"/> to <see cref="Demote"/>: only then leases expire.</summary>
    public bool IsPrimary
    {
        get
        {
            lock (_lock)
                return _isPrimary;
        }
    }

    /// <summary>Creates a lease.</summary>
    /// <param name="leaseId">Chosen by the client or by the member that took the call; not 0.</param>
    /// <param name="ttlSeconds">Raised to the minimum if below it.</param>
    /// <param name="grantedSeconds">The TTL that the lease got.</param>
    public EtcdError? Grant(long leaseId, long ttlSeconds, TimeSpan now, out long grantedSeconds)
    {
        grantedSeconds = 0;
        if (leaseId == 0)
            return EtcdError.LeaseNotFound;
        if (ttlSeconds > MaximumTtlSeconds)
            return EtcdError.LeaseTtlTooLarge;
        lock (_lock)
        {
            if (_leases.ContainsKey(leaseId))
                return EtcdError.LeaseExists;
            // Compat: a TTL below the minimum, even a negative one, is raised and not refused.
            grantedSeconds = Math.Max(ttlSeconds, _options.MinimumTtlSeconds);
            var lease = new LeaseEntry(leaseId, grantedSeconds, 0);
            _leases.Add(leaseId, lease);
            Store(lease, 0);
            if (_isPrimary)
            {
                lease.Refresh(now, TimeSpan.Zero);
                Schedule(lease, now);
            }
        }
        return null;
    }

    /// <summary>Forgets a revoked lease, whose keys were deleted (or are let go). Does nothing if it is unknown.</summary>
    public void Remove(long leaseId)
    {
        lock (_lock)
        {
            if (!_leases.Remove(leaseId, out LeaseEntry? lease))
                return;
            foreach (byte[] key in lease.SortedKeys())
                _leaseOfKey.Remove(key);
            _expiries.Remove(lease);
            _backend.Delete(Bucket.Lease, LeaseRecord.Key(leaseId));
        }
    }

    /// <summary>Notes how much of a lease is left, so that a new leader does not start it over. Unknown leases are skipped.</summary>
    /// <param name="persist">Also in the database; needs a cluster version of 3.6 or the operator's consent.</param>
    public void Checkpoint(LeaseCheckpoint checkpoint, bool persist, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_leases.TryGetValue(checkpoint.LeaseId, out LeaseEntry? lease))
                return;
            lease.CheckpointSeconds = checkpoint.RemainingSeconds;
            if (persist)
                Store(lease, checkpoint.RemainingSeconds);
            if (_isPrimary)
                ScheduleCheckpoint(lease, now);
        }
    }

    public bool Exists(long leaseId)
    {
        lock (_lock)
            return _leases.ContainsKey(leaseId);
    }

    /// <inheritdoc/>
    public void Attach(long leaseId, ReadOnlyMemory<byte> key)
    {
        lock (_lock)
        {
            if (!_leases.TryGetValue(leaseId, out LeaseEntry? lease))
                return;
            byte[] owned = Own(key);
            if (_leaseOfKey.TryGetValue(owned, out LeaseEntry? previous) && previous != lease)
                previous.RemoveKey(owned);
            _leaseOfKey[owned] = lease;
            lease.AddKey(owned);
        }
    }

    /// <inheritdoc/>
    public void Detach(long leaseId, ReadOnlyMemory<byte> key)
    {
        lock (_lock)
        {
            var byBytes = _leaseOfKey.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (!byBytes.TryGetValue(key.Span, out byte[]? owned, out LeaseEntry? lease) || lease.Id != leaseId)
                return;
            byBytes.Remove(key.Span);
            lease.RemoveKey(owned);
        }
    }

    /// <summary>Keys of the lease in byte-wise order; null if it does not exist.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? KeysOf(long leaseId)
    {
        lock (_lock)
            return _leases.TryGetValue(leaseId, out LeaseEntry? lease) ? Shared(lease.SortedKeys()) : null;
    }

    /// <summary>Keep-alive.</summary>
    /// <param name="ttlSeconds">The granted TTL if renewed, else 0.</param>
    public RenewOutcome Renew(long leaseId, TimeSpan now, out long ttlSeconds)
    {
        ttlSeconds = 0;
        lock (_lock)
        {
            if (!_isPrimary)
                return RenewOutcome.NotPrimary;
            if (!_leases.TryGetValue(leaseId, out LeaseEntry? lease))
                return RenewOutcome.NotFound;
            // Its revocation may be in the log already: renewing now would promise time that the lease does not have.
            if (lease.Expiry <= now)
                return RenewOutcome.Expired;
            if (_options.CheckpointInterval is not null && lease.CheckpointSeconds > 0)
                return RenewOutcome.NeedsCheckpointReset;
            lease.Refresh(now, TimeSpan.Zero);
            _expiries.AddOrMove(lease, lease.Expiry);
            ttlSeconds = lease.TtlSeconds;
            return RenewOutcome.Renewed;
        }
    }

    /// <summary>What is left of a lease; null if it is unknown or has expired. Only the leader knows.</summary>
    public LeaseStatus? TimeToLive(long leaseId, bool withKeys, TimeSpan now)
    {
        byte[][] keys = [];
        TimeSpan remaining;
        long grantedSeconds;
        lock (_lock)
        {
            if (!_leases.TryGetValue(leaseId, out LeaseEntry? lease) || lease.Expiry <= now)
                return null;
            remaining = lease.Expiry == LeaseEntry.Forever ? LeaseEntry.Forever : lease.Expiry - now;
            grantedSeconds = lease.TtlSeconds;
            if (withKeys)
                keys = lease.SortedKeys();
        }
        return new LeaseStatus(remaining.Ticks / TimeSpan.TicksPerSecond, grantedSeconds, Shared(keys));
    }

    /// <summary>Every lease id, soonest expiry first.</summary>
    public long[] List()
    {
        (TimeSpan Expiry, long Id)[] leases;
        lock (_lock)
        {
            leases = new (TimeSpan, long)[_leases.Count];
            int count = 0;
            foreach (LeaseEntry lease in _leases.Values)
                leases[count++] = (lease.Expiry, lease.Id);
        }
        Array.Sort(leases);
        return Array.ConvertAll(leases, static lease => lease.Id);
    }

    /// <summary>This member became leader: leases start to run, each with its full TTL (or its checkpoint).</summary>
    /// <param name="extend">Extra time for clients to find the new leader: the election timeout.</param>
    public void Promote(TimeSpan now, TimeSpan extend)
    {
        lock (_lock)
        {
            _isPrimary = true;
            foreach (LeaseEntry lease in _leases.Values)
            {
                lease.Refresh(now, extend);
                Schedule(lease, now);
            }
            if (_leases.Count >= RevokesPerSecond)
                SpreadExpiries(now, extend);
        }
    }

    /// <summary>This member is no leader any more: its leases stop running.</summary>
    public void Demote()
    {
        lock (_lock)
        {
            _isPrimary = false;
            _expiries.Clear();
            _checkpoints.Clear();
            foreach (LeaseEntry lease in _leases.Values)
                lease.NeverExpire();
        }
    }

    /// <summary>Leases to revoke now, oldest expiry first. A lease that is named once is named again only after the
    /// retry interval, in case its revocation got lost.</summary>
    /// <param name="maximum">etcd takes 500 in each of its rounds, 500 ms apart.</param>
    public List<long> Advance(TimeSpan now, int maximum = RevokesPerSecond / 2)
    {
        List<long> expired = [];
        lock (_lock)
        {
            while (expired.Count < maximum && _expiries.First is { } lease && lease.LookAt <= now)
            {
                expired.Add(lease.Id);
                _expiries.AddOrMove(lease, now + _options.ExpiredRetryInterval);
            }
        }
        return expired;
    }

    /// <summary>Checkpoints to propose now, each at most once until it was applied.</summary>
    public List<LeaseCheckpoint> DueCheckpoints(TimeSpan now, int maximum = 1000)
    {
        List<LeaseCheckpoint> due = [];
        lock (_lock)
        {
            while (due.Count < maximum && _checkpoints.TryPeek(out long leaseId, out TimeSpan at) && at <= now)
            {
                _checkpoints.Dequeue();
                if (!_leases.TryGetValue(leaseId, out LeaseEntry? lease) || lease.CheckpointAt != at || lease.Expiry <= now)
                    continue;
                lease.CheckpointAt = LeaseEntry.Forever;
                long remainingSeconds = CeilingSeconds(lease.Expiry - now);
                if (remainingSeconds < lease.TtlSeconds)
                    due.Add(new LeaseCheckpoint(leaseId, remainingSeconds));
                else
                    ScheduleCheckpoint(lease, now); // Just renewed; etcd forgets such a lease until the next leader.
            }
        }
        return due;
    }

    // Many leases that run out in the same second would keep the revocations busy for long. From the second on in
    // which more than 750 run out, the surplus is moved back in proportion; etcd's rule, number for number.
    private void SpreadExpiries(TimeSpan now, TimeSpan extend)
    {
        const int TargetPerSecond = 3 * RevokesPerSecond / 4;
        LeaseEntry[] leases = [.. _leases.Values];
        Array.Sort(leases, static (left, right) => (left.Expiry, left.Id).CompareTo((right.Expiry, right.Id)));
        TimeSpan windowStart = leases[0].Expiry - now;
        TimeSpan windowEnd = windowStart + TimeSpan.FromSeconds(1);
        int expiring = 0;
        foreach (LeaseEntry lease in leases)
        {
            TimeSpan remaining = lease.Expiry - now;
            if (remaining > windowEnd)
            {
                windowStart = remaining;
                windowEnd = windowStart + TimeSpan.FromSeconds(1);
                expiring = 1;
                continue;
            }
            if (++expiring <= TargetPerSecond)
                continue;
            TimeSpan delay = TimeSpan.FromSeconds((double)expiring / TargetPerSecond) - (remaining - windowStart);
            windowEnd = windowStart + delay;
            lease.Refresh(now, delay + extend);
            Schedule(lease, now);
        }
    }

    private void Schedule(LeaseEntry lease, TimeSpan now)
    {
        _expiries.AddOrMove(lease, lease.Expiry);
        ScheduleCheckpoint(lease, now);
    }

    private void ScheduleCheckpoint(LeaseEntry lease, TimeSpan now)
    {
        if (_options.CheckpointInterval is not { } interval || lease.RemainingSeconds <= (long)interval.TotalSeconds)
            return;
        lease.CheckpointAt = now + interval;
        _checkpoints.Enqueue(lease.Id, lease.CheckpointAt);
    }

    private void Store(LeaseEntry lease, long remainingSeconds) =>
        _backend.Put(Bucket.Lease, LeaseRecord.Key(lease.Id), LeaseRecord.Encode(lease.Id, lease.TtlSeconds, remainingSeconds));

    private static long CeilingSeconds(TimeSpan span) => (span.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond;

    // A key that is a slice of a larger request would keep all of it alive.
    private static byte[] Own(ReadOnlyMemory<byte> key) =>
        MemoryMarshal.TryGetArray(key, out ArraySegment<byte> segment) && segment.Array!.Length == segment.Count ? segment.Array : key.ToArray();

    private static ReadOnlyMemory<byte>[] Shared(byte[][] keys) => Array.ConvertAll(keys, static key => new ReadOnlyMemory<byte>(key));
}
