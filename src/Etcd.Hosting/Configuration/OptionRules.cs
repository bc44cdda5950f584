using System.Net;
using Etcd.Foundation;

namespace Etcd.Hosting.Configuration;

/// <summary>Rules between settings, with etcd's texts, and defaults that depend on other settings.</summary>
internal static class OptionRules
{
    private static readonly TimeSpan s_longestElection = TimeSpan.FromMilliseconds(50_000);

    /// <summary>Returns why the server must not start, or null. Fills in the defaults that follow from others.</summary>
    public static string? Check(ServerOptions options)
    {
        FillDefaults(options);
        return CheckTimes(options)
            ?? options.ListenPeerUrls.Concat(options.ListenClientUrls).Concat(options.ListenMetricsUrls).Select(CheckBinding).FirstOrDefault(static r => r is not null)
            ?? CheckAdvertised(options)
            ?? CheckCompaction(options)
            ?? CheckAuth(options);
    }

    private static void FillDefaults(ServerOptions options)
    {
        if (options.DataDir.Length == 0)
            options.DataDir = options.Name + ".etcd";
        if (options.InitialCluster.Length == 0)
        {
            options.InitialCluster = string.Join(',', options.InitialAdvertisePeerUrls.Select(url => $"{options.Name}={EndpointUrls.Print(url)}"));
        }
    }

    private static string? CheckTimes(ServerOptions options)
    {
        double heartbeat = options.HeartbeatInterval.TotalMilliseconds, election = options.ElectionTimeout.TotalMilliseconds;
        if (heartbeat <= 0)
            return $"--heartbeat-interval must be >0 (set to {heartbeat}ms)";
        if (election <= 0)
            return $"--election-timeout must be >0 (set to {election}ms)";
        if (5 * heartbeat > election)
            return $"error verifying flags, --election-timeout[{election}ms] should be at least as 5 times as --heartbeat-interval[{heartbeat}ms]. See 'etcd --help'.";
        return options.ElectionTimeout > s_longestElection
            ? $"error verifying flags, --election-timeout[{election}ms] is too long, and should be set less than 50000ms. See 'etcd --help'."
            : null;
    }

    /// <summary>A listener binds to an address, so its host must be one (or localhost).</summary>
    private static string? CheckBinding(Uri url)
    {
        if (url.Scheme is "unix" or "unixs" || url.Host is "localhost" || IPAddress.TryParse(url.Host.Trim('[', ']'), out _))
            return null;
        return $"error verifying flags, expected IP in URL for binding ({EndpointUrls.Print(url)}). See 'etcd --help'.";
    }

    private static string? CheckAdvertised(ServerOptions options) =>
        options.Explicit.Contains("listen-client-urls") && !options.Explicit.Contains("advertise-client-urls")
            ? "error verifying flags, --advertise-client-urls is required when --listen-client-urls is set explicitly. See 'etcd --help'."
            : null;

    private static string? CheckCompaction(ServerOptions options) =>
        AutoCompaction.TryParse(options.AutoCompactionMode, options.AutoCompactionRetention, out _)
            ? null
            : $"error verifying flags, error parsing CompactionRetention: {options.AutoCompactionRetention}: a number of hours, or a duration such as 30m (mode periodic); a number of revisions (mode revision). See 'etcd --help'.";

    private static string? CheckAuth(ServerOptions options)
    {
        if (options.BcryptCost is < 4 or > 31)
            options.BcryptCost = 10; // Compat: etcd warns and takes its default (server/auth/store.go, NewAuthStore).
        return options.AuthToken is "simple" or ""
            ? null
            : $"unknown token type \"{options.AuthToken}\": this server knows 'simple' and '' (no tokens)";
    }
}

/// <summary>The two meanings of <c>--auto-compaction-retention</c>.</summary>
/// <param name="Period">Keep this much history; zero in the other mode.</param>
/// <param name="Revisions">Keep this many revisions; zero in the other mode.</param>
public readonly record struct AutoCompaction(TimeSpan Period, long Revisions)
{
    public bool IsOff => Period == TimeSpan.Zero && Revisions == 0;

    public static bool TryParse(string mode, string retention, out AutoCompaction result)
    {
        result = default;
        bool isNumber = long.TryParse(retention, out long number);
        if (isNumber && number < 0)
            return false;
        if (mode == "revision")
        {
            result = new AutoCompaction(TimeSpan.Zero, number);
            return isNumber;
        }
        if (isNumber)
        {
            result = new AutoCompaction(TimeSpan.FromHours(number), 0);
            return true;
        }
        bool parsed = GoDuration.TryParse(retention, out TimeSpan period) && period >= TimeSpan.Zero;
        result = new AutoCompaction(period, 0);
        return parsed;
    }
}
