namespace Etcd.Store.Apply;

/// <summary>Options of a <see cref="StateMachine"/>.</summary>
public sealed record StateMachineOptions
{
    public required ulong LocalMemberId { get; init; }

    /// <summary>Null: no quota.</summary>
    public IQuota? Quota { get; init; }

    /// <summary>Store remaining TTLs of leases even if the cluster version is below 3.6.</summary>
    public bool PersistLeaseCheckpoints { get; init; }

    /// <summary>0 unless the v2 store was not recovered from a snapshot but rebuilt from the database (a directory of etcd
    /// 3.7 without .snap file): then the database's consistent index. Entries up to it change nothing any more, and raft
    /// must start from the database's members, since membership entries among them are handed to it as no-ops.</summary>
    public ulong V2Index { get; init; }
}
