namespace Etcd.Api;

/// <summary>Limits that the API checks before it proposes anything.</summary>
public sealed record ApiOptions
{
    /// <summary><c>--max-txn-ops</c>.</summary>
    public int MaxTxnOps { get; init; } = 128;

    /// <summary><c>--max-request-bytes</c>: decides how watch responses are split and how large RangeStream chunks grow.</summary>
    public int MaxRequestBytes { get; init; } = 1_572_864;

    /// <summary><c>--watch-progress-notify-interval</c>.</summary>
    public TimeSpan WatchProgressInterval { get; init; } = TimeSpan.FromMinutes(10);
}
