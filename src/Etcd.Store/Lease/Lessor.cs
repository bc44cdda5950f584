using Etcd.Protocol.Errors;
using Etcd.Store.Backend;

namespace Etcd.Store.Lease;

/// <summary>All leases of the store: who has which keys, and, on the leader only, when each runs out.</summary>
/// <remarks>Grant, Revoke, Checkpoint, Attach and Detach belong to the apply thread; the rest may be called from any
/// thread. Knows no clock: <c>now</c> is a monotonic time since any fixed start.</remarks>
public sealed class Lessor : ILeaseKeys
{
    /// <summary>Reads the leases of the database. Keys are attached by Mvcc when it opens.</summary>
    public Lessor(IBackend backend, LessorOptions options) => throw new NotSupportedException();

    public int Count => throw new NotSupportedException();

    /// <summary>True on the leader, from <see cref="Promote"/> to <see cref="Demote"/>: only then leases expire.</summary>
    public bool IsPrimary => throw new NotSupportedException();

    public bool HasTtl => throw new NotSupportedException();

    public EtcdError? Grant(long leaseId, long ttlSeconds, TimeSpan now, out long grantedSeconds) => throw new NotSupportedException();

    public void Remove(long leaseId) => throw new NotSupportedException();

    public void Checkpoint(LeaseCheckpoint checkpoint, bool persist, TimeSpan now) => throw new NotSupportedException();

    public bool Exists(long leaseId) => throw new NotSupportedException();

    public void Attach(long leaseId, ReadOnlyMemory<byte> key) => throw new NotSupportedException();

    public void Detach(long leaseId, ReadOnlyMemory<byte> key) => throw new NotSupportedException();

    /// <summary>Keys of the lease in byte-wise order; null if it does not exist.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? KeysOf(long leaseId) => throw new NotSupportedException();

    public RenewOutcome Renew(long leaseId, TimeSpan now, out long ttlSeconds) => throw new NotSupportedException();

    public LeaseStatus? TimeToLive(long leaseId, bool withKeys, TimeSpan now) => throw new NotSupportedException();

    /// <summary>Every lease id, soonest expiry first.</summary>
    public long[] List() => throw new NotSupportedException();

    public void Promote(TimeSpan now, TimeSpan extend) => throw new NotSupportedException();

    public void Demote() => throw new NotSupportedException();

    /// <summary>Leases to revoke now, at most <paramref name="maximum"/>, oldest expiry first.</summary>
    public List<long> Advance(TimeSpan now, int maximum = 500) => throw new NotSupportedException();

    public List<LeaseCheckpoint> DueCheckpoints(TimeSpan now, int maximum = 1000) => throw new NotSupportedException();
}
