namespace Etcd.Store.Lease;

/// <summary>What LeaseTimeToLive answers for a lease that exists and has not expired.</summary>
/// <param name="RemainingSeconds">Whole seconds left, rounded down.</param>
/// <param name="GrantedSeconds">TTL at the grant.</param>
/// <param name="Keys">Attached keys in byte-wise order; empty if not asked for.</param>
public readonly record struct LeaseStatus(long RemainingSeconds, long GrantedSeconds, IReadOnlyList<ReadOnlyMemory<byte>> Keys);

/// <summary>How a keep-alive ended.</summary>
public enum RenewOutcome
{
    /// <summary>The lease has its full TTL again.</summary>
    Renewed,

    /// <summary>Unknown here: the client is told TTL 0.</summary>
    NotFound,

    /// <summary>This member is not the leader; forward the call.</summary>
    NotPrimary,

    /// <summary>Past its TTL, so its revocation is on the way. Ask again when something was applied: it ends as
    /// <see cref="NotFound"/>, or as <see cref="NotPrimary"/> if leadership moved meanwhile.</summary>
    Expired,

    /// <summary>The lease carries a checkpoint. Propose LeaseCheckpoint with remaining TTL 0 first, then renew again:
    /// a new leader would otherwise start from the old remainder.</summary>
    NeedsCheckpointReset,
}

/// <summary>One entry of a LeaseCheckpoint request.</summary>
public readonly record struct LeaseCheckpoint(long LeaseId, long RemainingSeconds);
