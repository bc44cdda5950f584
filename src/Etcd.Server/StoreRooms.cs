using Etcd.Store.Alarms;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using Etcd.Store.V2;

namespace Etcd.Server;

/// <summary>The parts of the replicated state, as they were opened at boot.</summary>
internal sealed record StoreRooms(
    BatchingBackend Backend,
    MvccStore Mvcc,
    Lessor Leases,
    AuthStore Auth,
    Cluster Cluster,
    V2Store V2,
    AlarmStore Alarms);
