namespace Etcd.Store.Lease;

/// <summary>Which keys hang on which lease: what Mvcc needs to know of leases.</summary>
/// <remarks>Apply thread only. Lease ids are positive; 0 means "no lease".</remarks>
public interface ILeaseKeys
{
    bool Exists(long leaseId);

    /// <summary>Attaches the key to the lease and detaches it from any other lease. Does nothing if the lease is unknown:
    /// a database may hold keys of a lease that it lost.</summary>
    void Attach(long leaseId, ReadOnlyMemory<byte> key);

    /// <summary>Detaches the key from the lease; does nothing if either is unknown.</summary>
    void Detach(long leaseId, ReadOnlyMemory<byte> key);
}
