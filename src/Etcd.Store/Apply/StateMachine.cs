using Etcd.Protocol.Raft;
using Etcd.Store.Alarms;
using Etcd.Store.Auth;
using Etcd.Store.Lease;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using Etcd.Store.V2;

namespace Etcd.Store.Apply;

/// <summary>Options of a <see cref="StateMachine"/>.</summary>
public sealed record StateMachineOptions
{
    public required ulong LocalMemberId { get; init; }

    /// <summary>Null: no quota.</summary>
    public IQuota? Quota { get; init; }

    /// <summary>Store remaining TTLs of leases even if the cluster version is below 3.6.</summary>
    public bool PersistLeaseCheckpoints { get; init; }

    /// <summary>Entries up to this index are in the v2 store already (index of the snapshot it was recovered from).</summary>
    public ulong V2Index { get; init; }
}

/// <summary>Everything that the replicated log changes. The same entries give the same state and the same answers on
/// every member.</summary>
/// <remarks>Apply thread only. The owner brackets each call with the backend's BeginApply and EndApply, unless the entry
/// is in the database already, and publishes Mvcc after a batch.</remarks>
public sealed class StateMachine
{
    public StateMachine(
        MvccStore mvcc,
        Lessor lessor,
        AuthStore auth,
        Cluster cluster,
        V2Store v2Store,
        AlarmStore alarms,
        StateMachineOptions options) => throw new NotSupportedException();

    /// <summary>Applies one committed entry.</summary>
    /// <exception cref="Foundation.InvariantException">The entry cannot be understood or contradicts the state: going on would
    /// make this member differ from the others.</exception>
    public AppliedEntry Apply(in Entry entry, in ApplyContext context) => throw new NotSupportedException();

    /// <summary>The request id inside an entry; 0 if it has none.</summary>
    public static ulong RequestIdOf(in Entry entry) => throw new NotSupportedException();
}
