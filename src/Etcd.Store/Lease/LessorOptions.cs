namespace Etcd.Store.Lease;

/// <summary>Options of a <see cref="Lessor"/>.</summary>
public sealed record LessorOptions
{
    /// <summary>Shorter TTLs are raised to this: ceil(1.5 × election timeout in seconds).</summary>
    public long MinimumTtlSeconds { get; init; } = 2;

    /// <summary>How long an expired lease waits for its revocation before it is reported again: etcd's request timeout.</summary>
    public TimeSpan ExpiredRetryInterval { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>Distance of checkpoints of long leases; null switches checkpoints off.</summary>
    public TimeSpan? CheckpointInterval { get; init; } = TimeSpan.FromMinutes(5);
}
