namespace Etcd.Server;

/// <summary>How one member is set up. Times are real times; the member turns them into ticks.</summary>
public sealed record MemberOptions
{
    /// <summary>Version that this program reports and that limits which data directories it opens.</summary>
    public const string ServerVersion = "3.7.1";

    public required string Name { get; init; }

    public required string DataDirectory { get; init; }

    /// <summary>Empty: <c>member/wal</c> in the data directory.</summary>
    public string WalDirectory { get; init; } = "";

    public required IReadOnlyList<string> PeerUrls { get; init; }

    public required IReadOnlyList<string> ClientUrls { get; init; }

    /// <summary><c>name=url,name=url</c>; read only when the member boots for the first time.</summary>
    public required string InitialCluster { get; init; }

    public string InitialClusterToken { get; init; } = "etcd-cluster";

    /// <summary>The cluster runs already: join it instead of starting a new one.</summary>
    public bool JoinExisting { get; init; }

    /// <summary>Keep the cluster version that an older etcd recorded instead of raising it to ours.</summary>
    public bool HoldClusterVersion { get; init; } = true;

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan ElectionTimeout { get; init; } = TimeSpan.FromSeconds(1);

    public bool PreVote { get; init; } = true;

    /// <summary>A sole voter campaigns at once instead of waiting for an election timeout.</summary>
    public bool InitialElectionTickAdvance { get; init; } = true;

    /// <summary>A batch of entries that takes longer to apply is logged.</summary>
    public TimeSpan WarningApplyDuration { get; init; } = TimeSpan.FromMilliseconds(100);

    public int MaxLearners { get; init; } = 1;

    /// <summary>Applied entries between two snapshots on disk.</summary>
    public ulong SnapshotCount { get; init; } = 10_000;

    /// <summary>Entries that stay in memory behind a snapshot.</summary>
    public ulong SnapshotCatchUpEntries { get; init; } = 5000;

    public int MaxSnapshotFiles { get; init; } = 5;

    public int MaxWalFiles { get; init; } = 5;

    public long QuotaBackendBytes { get; init; }

    public TimeSpan BackendBatchInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    public int BackendBatchLimit { get; init; } = 10_000;

    public int MaxRequestBytes { get; init; } = 1_572_864;

    public int CompactionBatchLimit { get; init; } = 1000;

    public TimeSpan CompactionSleepInterval { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>History to keep by itself; zero is off.</summary>
    public TimeSpan AutoCompactionPeriod { get; init; }

    /// <summary>Revisions to keep by itself; zero is off.</summary>
    public long AutoCompactionRevisions { get; init; }

    public bool UnsafeNoFsync { get; init; }

    public TimeSpan TokenTtl { get; init; } = TimeSpan.FromSeconds(300);

    public int BcryptCost { get; init; } = 10;

    /// <summary>How long a client waits for its proposal at most: 5 s + 2 × election timeout.</summary>
    public TimeSpan RequestTimeout => TimeSpan.FromSeconds(5) + 2 * ElectionTimeout;

    public int ElectionTicks => (int)(ElectionTimeout / HeartbeatInterval);

    public string MemberDirectory => Path.Combine(DataDirectory, "member");

    public string SnapDirectory => Path.Combine(MemberDirectory, "snap");

    public string DatabasePath => Path.Combine(SnapDirectory, "db");

    public string LogDirectory => WalDirectory.Length > 0 ? WalDirectory : Path.Combine(MemberDirectory, "wal");
}
