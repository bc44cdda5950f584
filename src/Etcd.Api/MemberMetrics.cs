using System.Globalization;
using Etcd.Foundation.Metrics;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Backend;

namespace Etcd.Api;

/// <summary>The <c>etcd_server_*</c>, <c>etcd_disk_*</c> and <c>etcd_mvcc_*</c> families that dashboards and alert rules read
/// (spec api §11): what the member's threads report, and what is sampled from it when somebody asks.</summary>
public sealed class MemberMetrics : IMemberObserver
{
    private readonly Histogram _walSync, _commit, _rebalance, _spill, _write;
    private readonly Gauge _walBytes;
    private readonly Counter _leaderChanges, _slowApply;
    private static readonly TimeSpan s_slowApply = TimeSpan.FromMilliseconds(100);

    public MemberMetrics(MetricRegistry registry)
    {
        _walSync = registry.AddHistogram("etcd_disk_wal_fsync_duration_seconds", "Time of one fdatasync of the write-ahead log.", Buckets.Disk);
        // Compat: etcd calls it a gauge, in spite of its name.
        _walBytes = registry.AddGauge("etcd_disk_wal_write_bytes_total", "Bytes written to the write-ahead log.");
        _commit = registry.AddHistogram("etcd_disk_backend_commit_duration_seconds", "Time of one commit of the database.", Buckets.Disk);
        _rebalance = registry.AddHistogram("etcd_debugging_disk_backend_commit_rebalance_duration_seconds", "Part of a commit: merging small pages.", Buckets.Disk);
        _spill = registry.AddHistogram("etcd_debugging_disk_backend_commit_spill_duration_seconds", "Part of a commit: splitting nodes into pages.", Buckets.Disk);
        _write = registry.AddHistogram("etcd_debugging_disk_backend_commit_write_duration_seconds", "Part of a commit: writing and syncing.", Buckets.Disk);
        _leaderChanges = registry.AddCounter("etcd_server_leader_changes_seen_total", "Leader changes this member has seen.");
        _slowApply = registry.AddCounter("etcd_server_slow_apply_total", "Batches of entries that took longer than 100 ms to apply.");
    }

    /// <summary>Adds what is read from a running member.</summary>
    public static void Sample(MetricRegistry registry, IMember member)
    {
        SampleServer(registry, member);
        SampleStore(registry, member);
        string id = member.MemberId.ToString("x", CultureInfo.InvariantCulture);
        registry.AddGaugeFamily("etcd_server_id", "Set to 1 for this member's id.", "server_id").With(id).Set(1);
        SampleVersions(registry, member);
    }

    public void WalSynced(TimeSpan elapsed) => _walSync.Observe(elapsed);

    public void WalWritten(int bytes) => _walBytes.Add(bytes);

    public void LeaderChanged(ulong leaderId)
    {
        if (leaderId != 0)
            _leaderChanges.Increment();
    }

    public void Applied(int entries, TimeSpan elapsed)
    {
        if (elapsed > s_slowApply)
            _slowApply.Increment();
    }

    public void Committed(in CommitReport report)
    {
        _commit.Observe(report.Total);
        _rebalance.Observe(report.Rebalance);
        _spill.Observe(report.Spill);
        _write.Observe(report.Write);
    }

    public void OutOfSpace(IOException reason)
    {
        // Shown by the refusals that follow; there is no metric of etcd's for it.
    }

    public void Failed(Exception reason)
    {
        // The member stops and says why in its log.
    }

    private static void SampleServer(MetricRegistry registry, IMember member)
    {
        registry.AddSampledGauge("etcd_server_has_leader", "Whether this member knows a leader: 1 or 0.", () => member.LeaderId == 0 ? 0 : 1);
        registry.AddSampledGauge("etcd_server_is_leader", "Whether this member leads: 1 or 0.", () => member.LeaderId == member.MemberId ? 1 : 0);
        registry.AddSampledGauge("etcd_server_is_learner", "Whether this member is a learner: 1 or 0.", () => member.Cluster.Current.Find(member.MemberId)?.IsLearner == true ? 1 : 0);
        registry.AddSampledGauge("etcd_server_proposals_committed_total", "Index of the last committed entry.", () => member.CommittedIndex);
        registry.AddSampledGauge("etcd_server_proposals_applied_total", "Index of the last applied entry.", () => member.AppliedIndex);
        registry.AddSampledGauge("etcd_server_proposals_pending", "Requests of this member's clients that wait for their answer.", () => member.PendingProposals);
        registry.AddSampledCounter("etcd_server_proposals_failed_total", "Requests that ended without an answer from the log.", () => member.FailedProposals);
        registry.AddSampledGauge("etcd_server_quota_backend_bytes", "Quota of the database in bytes.", () => member.Backend.QuotaBytes);
    }

    private static void SampleVersions(MetricRegistry registry, IMember member)
    {
        registry.AddGaugeFamily("etcd_server_version", "Set to 1 for this server's version.", "server_version").With(MemberOptions.ServerVersion).Set(1);
        registry.AddGaugeFamily("etcd_server_go_version", "Set to 1 for the runtime that stands in for Go.", "server_go_version").With("dotnet" + Environment.Version).Set(1);
        registry.AddSampledInfo(
            "etcd_cluster_version", "Set to 1 for the version that the cluster has agreed on.", "cluster_version",
            () => member.Cluster.Current.Version is { } version ? $"{version.Major}.{version.Minor}" : null);
    }

    private static void SampleStore(MetricRegistry registry, IMember member)
    {
        registry.AddSampledGauge("etcd_mvcc_db_total_size_in_bytes", "Size of the database in bytes.", () => member.Backend.SizeBytes);
        registry.AddSampledGauge("etcd_mvcc_db_total_size_in_use_in_bytes", "Size of the database in bytes without its free pages.", () => member.Backend.SizeInUseBytes);
        registry.AddSampledGauge("etcd_mvcc_db_open_read_transactions", "Read transactions open on the database.", () => member.Backend.OpenReaders);
        registry.AddSampledGauge("etcd_debugging_mvcc_current_revision", "Current revision of the store.", () => member.Kv.CurrentRevision);
        registry.AddSampledGauge("etcd_debugging_mvcc_compact_revision", "Last compacted revision; -1 before the first.", () => member.Kv.CompactedRevision);
        registry.AddSampledGauge("etcd_debugging_mvcc_db_total_size_in_bytes", "The same as etcd_mvcc_db_total_size_in_bytes, under its old name.", () => member.Backend.SizeBytes);
        registry.AddSampledGauge("etcd_debugging_mvcc_keys_total", "Keys that exist.", () => member.Kv.KeyCount);
        registry.AddSampledGauge("etcd_debugging_mvcc_watch_stream_total", "Watch calls now open.", () => member.Kv.Watches.StreamCount);
        registry.AddSampledGauge("etcd_debugging_mvcc_watcher_total", "Watches now open.", () => member.Kv.Watches.WatcherCount);
        registry.AddSampledGauge("etcd_debugging_mvcc_slow_watcher_total", "Watches that are behind.", () => member.Kv.Watches.SlowWatcherCount);
        registry.AddSampledGauge("etcd_debugging_auth_revision", "Revision of the auth store.", () => member.Auth.Current.Revision);
        registry.AddSampledGauge("etcd_debugging_server_alarms", "Active alarms.", () => member.Alarms.Get(AlarmType.None).Count);
    }
}
