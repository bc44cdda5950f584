namespace Etcd.Store.Backend;

/// <summary>How a <see cref="BatchingBackend"/> batches and bounds its work.</summary>
public sealed record BackendOptions
{
    /// <summary>etcd's default quota, 2 GiB.</summary>
    public const long DefaultQuotaBytes = 2L << 30;

    /// <summary>Longest time that a write stays uncommitted (<c>--backend-batch-interval</c>).</summary>
    public TimeSpan BatchInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Operations after which a commit starts at once (<c>--backend-batch-limit</c>).</summary>
    public int BatchLimit { get; init; } = 10_000;

    /// <summary>Uncommitted operations at which the apply thread is made to wait for the disk.</summary>
    public int MaxPendingOperations { get; init; } = 100_000;

    /// <summary>Uncommitted bytes at which the apply thread is made to wait for the disk.</summary>
    public long MaxPendingBytes { get; init; } = 256 << 20;

    /// <summary><c>--quota-backend-bytes</c>: 0 means 2 GiB, negative means no limit.</summary>
    public long QuotaBytes { get; init; }

    /// <summary>Told about every commit; null if nobody wants to know.</summary>
    public ICommitObserver? Observer { get; init; }
}

/// <summary>Sees every commit, for metrics and alarms. Called on the committing thread; must not block.</summary>
public interface ICommitObserver
{
    void Committed(in CommitReport report);

    /// <summary>The disk had no room; everything stays pending and is tried again at the next commit.</summary>
    void OutOfSpace(IOException reason);

    /// <summary>The commit failed for good: the member has to stop. Called once.</summary>
    void Failed(Exception reason);
}

/// <summary>What one commit did.</summary>
/// <param name="Operations">Puts and deletes in the transaction.</param>
/// <param name="Total">From the start of the database transaction until it was durable.</param>
/// <param name="Rebalance">Of it: merging pages that deletions left too small.</param>
/// <param name="Spill">Of it: splitting nodes into pages.</param>
/// <param name="Write">Of it: writing and syncing.</param>
public readonly record struct CommitReport(int Operations, TimeSpan Total, TimeSpan Rebalance, TimeSpan Spill, TimeSpan Write);

/// <summary>Whether the backend can keep what it is given.</summary>
public enum BackendHealth
{
    /// <summary>Commits succeed.</summary>
    Ok,

    /// <summary>The last commit found no room on the disk. Nothing is lost and nothing new should be accepted until
    /// a later commit succeeds.</summary>
    OutOfSpace,

    /// <summary>A commit failed in a way that must not be retried (a failed sync). The member has to stop.</summary>
    Failed,
}
