using Etcd.Foundation.Logging;

namespace Etcd.Hosting.Configuration;

/// <summary>How an etcd process is set up: what its flags and variables say. Defaults are etcd 3.7's.</summary>
public sealed class ServerOptions
{
    // Member
    public string Name { get; set; } = "default";

    /// <summary>Empty: <c>${name}.etcd</c>.</summary>
    public string DataDir { get; set; } = "";

    /// <summary>Empty: <c>member/wal</c> in the data directory.</summary>
    public string WalDir { get; set; } = "";

    /// <summary>Applied entries between two snapshots on disk.</summary>
    public ulong SnapshotCount { get; set; } = 10_000;

    /// <summary>Entries kept in memory behind a snapshot for members that are a little behind.</summary>
    public ulong SnapshotCatchUpEntries { get; set; } = 5000;

    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan ElectionTimeout { get; set; } = TimeSpan.FromMilliseconds(1000);

    public bool InitialElectionTickAdvance { get; set; } = true;

    public bool PreVote { get; set; } = true;

    public IReadOnlyList<Uri> ListenPeerUrls { get; set; } = [new Uri("http://localhost:2380")];

    public IReadOnlyList<Uri> ListenClientUrls { get; set; } = [new Uri("http://localhost:2379")];

    public IReadOnlyList<Uri> ListenClientHttpUrls { get; set; } = [];

    public IReadOnlyList<Uri> ListenMetricsUrls { get; set; } = [];

    /// <summary>Files kept by the purge; 0 keeps all.</summary>
    public int MaxSnapshots { get; set; } = 5;

    public int MaxWals { get; set; } = 5;

    /// <summary>Bytes; 0 means 2 GiB, negative means no limit.</summary>
    public long QuotaBackendBytes { get; set; }

    public TimeSpan BackendBatchInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Operations; 0 means 10 000.</summary>
    public int BackendBatchLimit { get; set; }

    public int MaxTxnOps { get; set; } = 128;

    public int MaxRequestBytes { get; set; } = 1_572_864;

    public uint MaxConcurrentStreams { get; set; } = uint.MaxValue;

    public TimeSpan GrpcKeepAliveMinTime { get; set; } = TimeSpan.FromSeconds(5);

    public TimeSpan GrpcKeepAliveInterval { get; set; } = TimeSpan.FromHours(2);

    public TimeSpan GrpcKeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(20);

    public bool UnsafeNoFsync { get; set; }

    // Clustering
    public IReadOnlyList<Uri> InitialAdvertisePeerUrls { get; set; } = [new Uri("http://localhost:2380")];

    public IReadOnlyList<Uri> AdvertiseClientUrls { get; set; } = [new Uri("http://localhost:2379")];

    /// <summary>Empty: <c>name=initial-advertise-peer-urls</c>.</summary>
    public string InitialCluster { get; set; } = "";

    public string InitialClusterState { get; set; } = "new";

    public string InitialClusterToken { get; set; } = "etcd-cluster";

    public bool StrictReconfigCheck { get; set; } = true;

    public int MaxLearners { get; set; } = 1;

    /// <summary>Keep the cluster version that an older etcd recorded, so that it can take the data directory back.</summary>
    public bool HoldClusterVersion { get; set; } = true;

    // Compaction
    public string AutoCompactionMode { get; set; } = "periodic";

    /// <summary>A duration or a number, see the mode; "0" is off.</summary>
    public string AutoCompactionRetention { get; set; } = "0";

    public int CompactionBatchLimit { get; set; } = 1000;

    public TimeSpan CompactionSleepInterval { get; set; } = TimeSpan.FromMilliseconds(10);

    public TimeSpan WatchProgressNotifyInterval { get; set; } = TimeSpan.FromMinutes(10);

    public TimeSpan WarningApplyDuration { get; set; } = TimeSpan.FromMilliseconds(100);

    // Security
    public IReadOnlySet<string> Cors { get; set; } = new HashSet<string>(StringComparer.Ordinal) { "*" };

    public IReadOnlySet<string> HostWhitelist { get; set; } = new HashSet<string>(StringComparer.Ordinal) { "*" };

    public string AuthToken { get; set; } = "simple";

    /// <summary>Seconds.</summary>
    public int AuthTokenTtl { get; set; } = 300;

    public int BcryptCost { get; set; } = 10;

    // Logging and metrics
    public LogLevel LogLevel { get; set; } = LogLevel.Info;

    public string LogFormat { get; set; } = "json";

    public IReadOnlyList<string> LogOutputs { get; set; } = ["default"];

    public string Metrics { get; set; } = "basic";

    /// <summary>Flags and variables that were set, by flag name: some defaults depend on it.</summary>
    public ISet<string> Explicit { get; } = new HashSet<string>(StringComparer.Ordinal);
}
