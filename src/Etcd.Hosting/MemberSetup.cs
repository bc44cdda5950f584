using Etcd.Hosting.Configuration;
using Etcd.Server;

namespace Etcd.Hosting;

/// <summary>Hands the settings of a process to the rooms that read them.</summary>
internal static class MemberSetup
{
    private const int DefaultBatchLimit = 10_000;

    public static MemberOptions ToMember(ServerOptions options)
    {
        _ = AutoCompaction.TryParse(options.AutoCompactionMode, options.AutoCompactionRetention, out AutoCompaction compaction);
        return new MemberOptions
        {
            Name = options.Name,
            DataDirectory = options.DataDir,
            WalDirectory = options.WalDir,
            PeerUrls = [.. options.InitialAdvertisePeerUrls.Select(EndpointUrls.Print)],
            ClientUrls = [.. options.AdvertiseClientUrls.Select(EndpointUrls.Print)],
            InitialCluster = options.InitialCluster,
            InitialClusterToken = options.InitialClusterToken,
            JoinExisting = options.InitialClusterState == "existing",
            HoldClusterVersion = options.HoldClusterVersion,
            HeartbeatInterval = options.HeartbeatInterval,
            ElectionTimeout = options.ElectionTimeout,
            PreVote = options.PreVote,
            InitialElectionTickAdvance = options.InitialElectionTickAdvance,
            WarningApplyDuration = options.WarningApplyDuration,
            MaxLearners = options.MaxLearners,
            SnapshotCount = options.SnapshotCount,
            SnapshotCatchUpEntries = options.SnapshotCatchUpEntries,
            MaxSnapshotFiles = options.MaxSnapshots,
            MaxWalFiles = options.MaxWals,
            QuotaBackendBytes = options.QuotaBackendBytes,
            BackendBatchInterval = options.BackendBatchInterval,
            BackendBatchLimit = options.BackendBatchLimit == 0 ? DefaultBatchLimit : options.BackendBatchLimit,
            MaxRequestBytes = options.MaxRequestBytes,
            CompactionBatchLimit = options.CompactionBatchLimit,
            CompactionSleepInterval = options.CompactionSleepInterval,
            AutoCompactionPeriod = compaction.Period,
            AutoCompactionRevisions = compaction.Revisions,
            UnsafeNoFsync = options.UnsafeNoFsync,
            TokenTtl = options.AuthToken.Length == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(options.AuthTokenTtl),
            BcryptCost = options.BcryptCost,
        };
    }
}
