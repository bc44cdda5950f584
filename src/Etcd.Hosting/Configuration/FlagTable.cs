using Etcd.Foundation.Logging;
using static Etcd.Hosting.Configuration.FlagValues;

namespace Etcd.Hosting.Configuration;

/// <summary>Every setting of the server, in the order of the help text. One row is all that a new flag needs.</summary>
internal static class FlagTable
{
    private const string Member = "Member", Clustering = "Clustering", Compaction = "Compaction and watch",
        Security = "Security", Logging = "Logging and metrics", Unsafe = "Unsafe features";

    public static IReadOnlyList<Flag> All { get; } =
    [
        Text("name", Member, "default", "Human-readable name for this member.", static (o, v) => o.Name = v),
        Text("data-dir", Member, "${name}.etcd", "Path to the data directory.", static (o, v) => o.DataDir = v),
        Text("wal-dir", Member, "", "Path to the dedicated wal directory.", static (o, v) => o.WalDir = v),
        Unsigned("snapshot-count", Member, 10_000, "Applied requests between two snapshots on disk.", static (o, v) => o.SnapshotCount = v),
        Unsigned("snapshot-catchup-entries", Member, 5000, "Entries kept behind a snapshot for members that are a little behind.", static (o, v) => o.SnapshotCatchUpEntries = v),
        Milliseconds("heartbeat-interval", Member, 100, "Time (in milliseconds) of a heartbeat interval.", static (o, v) => o.HeartbeatInterval = v),
        Milliseconds("election-timeout", Member, 1000, "Time (in milliseconds) for an election to timeout.", static (o, v) => o.ElectionTimeout = v),
        Bool("initial-election-tick-advance", Member, true, "Whether to fast-forward initial election ticks on boot for faster election.", static (o, v) => o.InitialElectionTickAdvance = v),
        Bool("pre-vote", Member, true, "Ask whether an election could be won before raising the term.", static (o, v) => o.PreVote = v),
        Urls("listen-peer-urls", Member, "http://localhost:2380", "List of URLs to listen on for peer traffic.", static (o, v) => o.ListenPeerUrls = v),
        Urls("listen-client-urls", Member, "http://localhost:2379", "List of URLs to listen on for client grpc traffic and http as long as --listen-client-http-urls is not specified.", static (o, v) => o.ListenClientUrls = v),
        Urls("listen-client-http-urls", Member, "", "List of URLs to listen on for http only client traffic; then --listen-client-urls serves only grpc.", static (o, v) => o.ListenClientHttpUrls = v),
        Urls("listen-metrics-urls", Member, "", "List of URLs to listen on for the /metrics and health endpoints.", static (o, v) => o.ListenMetricsUrls = v),
        Integer("max-snapshots", Member, 5, "Maximum number of snapshot files to retain (0 is unlimited).", static (o, v) => o.MaxSnapshots = v),
        Integer("max-wals", Member, 5, "Maximum number of wal files to retain (0 is unlimited).", static (o, v) => o.MaxWals = v),
        Long("quota-backend-bytes", Member, 0, "Raise alarms when backend size exceeds the given quota (0 defaults to low space quota).", static (o, v) => o.QuotaBackendBytes = v),
        Duration("backend-batch-interval", Member, "100ms", "Maximum time before commit the backend transaction.", static (o, v) => o.BackendBatchInterval = v),
        Integer("backend-batch-limit", Member, 0, "Maximum operations before commit the backend transaction (0 is 10000).", static (o, v) => o.BackendBatchLimit = v),
        Integer("max-txn-ops", Member, 128, "Maximum number of operations permitted in a transaction.", static (o, v) => o.MaxTxnOps = v),
        Integer("max-request-bytes", Member, 1_572_864, "Maximum client request size in bytes the server will accept.", static (o, v) => o.MaxRequestBytes = v),
        Unsigned("max-concurrent-streams", Member, uint.MaxValue, "Maximum concurrent streams that each client can open at a time.", static (o, v) => o.MaxConcurrentStreams = (uint)Math.Min(v, uint.MaxValue)),
        Duration("grpc-keepalive-min-time", Member, "5s", "Minimum duration interval that a client should wait before pinging server.", static (o, v) => o.GrpcKeepAliveMinTime = v),
        Duration("grpc-keepalive-interval", Member, "2h", "Frequency duration of server-to-client ping to check if a connection is alive (0 to disable).", static (o, v) => o.GrpcKeepAliveInterval = v),
        Duration("grpc-keepalive-timeout", Member, "20s", "Additional duration of wait before closing a non-responsive connection (0 to disable).", static (o, v) => o.GrpcKeepAliveTimeout = v),

        Urls("initial-advertise-peer-urls", Clustering, "http://localhost:2380", "List of this member's peer URLs to advertise to the rest of the cluster.", static (o, v) => o.InitialAdvertisePeerUrls = v),
        Text("initial-cluster", Clustering, "default=http://localhost:2380", "Initial cluster configuration for bootstrapping.", static (o, v) => o.InitialCluster = v),
        OneOf("initial-cluster-state", Clustering, ["new", "existing"], "Initial cluster state ('new' when bootstrapping a new cluster or 'existing' when joining one).", static (o, v) => o.InitialClusterState = v),
        Text("initial-cluster-token", Clustering, "etcd-cluster", "Initial cluster token for the etcd cluster during bootstrap.", static (o, v) => o.InitialClusterToken = v),
        Urls("advertise-client-urls", Clustering, "http://localhost:2379", "List of this member's client URLs to advertise to the public.", static (o, v) => o.AdvertiseClientUrls = v),
        Bool("strict-reconfig-check", Clustering, true, "Reject reconfiguration requests that would cause quorum loss.", static (o, v) => o.StrictReconfigCheck = v),
        Integer("max-learners", Clustering, 1, "Maximum number of learners that can be in the cluster membership.", static (o, v) => o.MaxLearners = v),
        Bool("hold-cluster-version", Clustering, true, "Keep the cluster version of a data directory that an older etcd wrote, so that it can take it back.", static (o, v) => o.HoldClusterVersion = v),

        OneOf("auto-compaction-mode", Compaction, ["periodic", "revision"], "Interpret 'auto-compaction-retention' as a duration ('periodic') or as a number of revisions ('revision').", static (o, v) => o.AutoCompactionMode = v),
        Text("auto-compaction-retention", Compaction, "0", "Auto compaction retention length. 0 means disable auto compaction.", static (o, v) => o.AutoCompactionRetention = v),
        Integer("compaction-batch-limit", Compaction, 1000, "Maximum revisions deleted in each compaction batch.", static (o, v) => o.CompactionBatchLimit = v),
        Duration("compaction-sleep-interval", Compaction, "10ms", "Sleep interval between each compaction batch.", static (o, v) => o.CompactionSleepInterval = v),
        Duration("watch-progress-notify-interval", Compaction, "10m", "Duration of periodical watch progress notification.", static (o, v) => o.WatchProgressNotifyInterval = v),

        Set("cors", Security, "*", "Comma-separated whitelist of origins for CORS, or cross-origin resource sharing, (empty or * means allow all).", static (o, v) => o.Cors = v),
        Set("host-whitelist", Security, "*", "Acceptable hostnames from HTTP client requests, if server is not secure (empty or * means allow all).", static (o, v) => o.HostWhitelist = v),
        Text("auth-token", Security, "simple", "Specify a v3 authentication token type and its options ('simple').", static (o, v) => o.AuthToken = v),
        Integer("auth-token-ttl", Security, 300, "Time (in seconds) of the auth-token-ttl.", static (o, v) => o.AuthTokenTtl = v),
        Integer("bcrypt-cost", Security, 10, "Specify the cost / strength of the bcrypt algorithm for hashing auth passwords. Valid values are between 4 and 31.", static (o, v) => o.BcryptCost = v),

        OneOf("logger", Logging, ["zap"], "Currently only supports 'zap' for structured logging.", static (_, _) => { }),
        List("log-outputs", Logging, "default", "Specify 'stdout' or 'stderr' or a comma separated list of output targets.", static (o, v) => o.LogOutputs = v),
        OneOf("log-level", Logging, ["info", "debug", "warn", "error", "panic", "fatal"], "Configures log level. Only supports debug, info, warn, error, panic, or fatal.", static (o, v) => o.LogLevel = Enum.Parse<LogLevel>(v, ignoreCase: true)),
        OneOf("log-format", Logging, ["json", "console"], "Configures log format. Only supports json, console.", static (o, v) => o.LogFormat = v),
        OneOf("metrics", Logging, ["basic", "extensive"], "Set level of detail for exported metrics, specify 'extensive' to include server side grpc histogram metrics.", static (o, v) => o.Metrics = v),
        Duration("warning-apply-duration", Logging, "100ms", "Warnings are generated if requests take more than this duration to apply.", static (o, v) => o.WarningApplyDuration = v),

        Bool("unsafe-no-fsync", Unsafe, false, "Disables fsync, unsafe, will cause data loss.", static (o, v) => o.UnsafeNoFsync = v),
    ];

    public static Flag? Find(string name) => s_byName.GetValueOrDefault(name);

    private static readonly Dictionary<string, Flag> s_byName = All.ToDictionary(static f => f.Name, StringComparer.Ordinal);
}
