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

    /// <summary><c>--election-timeout</c>: streams that want a leader wait three of them for one.</summary>
    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary><c>--host-whitelist</c>: names a clear-text HTTP request may use for this server; <c>*</c> for any.</summary>
    public IReadOnlyList<string> HostWhitelist { get; init; } = ["*"];

    /// <summary><c>--cors</c>: origins that browsers may come from; <c>*</c> for any.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = ["*"];
}
