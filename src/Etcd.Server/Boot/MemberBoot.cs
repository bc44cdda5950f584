using Etcd.Foundation;
using Etcd.Foundation.Files;
using Etcd.Foundation.Logging;
using Etcd.Protocol.Raft;
using Etcd.Raft;
using Etcd.Server.Storage;
using Etcd.Server.Workers;
using Etcd.Store.Alarms;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using Etcd.Store.V2;
using Etcd.Wal;
using Etcd.Wal.Snapshots;

namespace Etcd.Server.Boot;

/// <summary>The decision tree of a start (spec disk §10): a log in the WAL directory means restart, none means a new member.</summary>
/// <remarks><code>
/// prepare folders → WAL? ─ no  → ids from --initial-cluster → create WAL, bootstrap entries come from raft
///                        └ yes → newest .snap the log vouches for → database at least as new → entries behind it
/// </code></remarks>
internal sealed class MemberBoot(
    IFileSystem files, MemberOptions options, IMemberObserver observer, CommitRelay commits, IAuthTokens tokens, TimeProvider clock, Logger log)
{
    private const string InUse = "another etcd process uses this data directory; stop it first, or choose another with --data-dir";

    private readonly SnapshotDirectory _snapshots = new(files, options.SnapDirectory);

    /// <exception cref="BootException">Settings and disk do not go together, or the disk is damaged.</exception>
    public BootedMember Run()
    {
        DataDirectory.Prepare(files, options, log);
        foreach (string path in _snapshots.RemoveLeftovers())
            log.Warn("removed a file that an interrupted write left", ("path", path));
        try
        {
            return WriteAheadLog.Exists(files, options.LogDirectory) ? Restart() : StartNew();
        }
        catch (CorruptException exception)
        {
            throw new BootException(
                exception.Message,
                $"{exception.File} is damaged; restore this member from a backup, or remove its data directory and let it join the cluster again",
                cause: exception);
        }
        catch (BackendLockedException exception)
        {
            throw new BootException(exception.Message, InUse, cause: exception);
        }
        catch (WalException exception)
        {
            string cure = exception.Error == WalError.Locked
                ? InUse
                : "files of the write-ahead log are missing; put them back, or restore this member from a backup";
            throw new BootException(exception.Message, cure, cause: exception);
        }
    }

    private BootedMember StartNew()
    {
        NewMember self = NewMember.From(options);
        BatchingBackend backend = OpenBackend();
        try
        {
            StoreRooms rooms = OpenRooms(backend, v2Json: null, MembershipSource.Database);
            byte[] metadata = new MemberMetadata(self.MemberId, self.ClusterId).Encode();
            WriteAheadLog wal = WriteAheadLog.Create(files, options.LogDirectory, metadata, WalOptions(version: null));
            return new BootedMember
            {
                MemberId = self.MemberId,
                ClusterId = self.ClusterId,
                Log = wal,
                Snapshots = _snapshots,
                Storage = new MemoryStorage(),
                Rooms = rooms,
                Start = new SnapshotMetadata(ConfState.Empty, 0, 0),
                Bootstrap = self.Peers,
            };
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    private BootedMember Restart()
    {
        IReadOnlyList<WalSnapshot> valid = WalReader.ValidSnapshots(files, options.LogDirectory);
        Snapshot? snapshot = LoadSnapshot(valid);
        SnapshotMetadata start = StartOf(snapshot, valid);
        BatchingBackend backend = OpenBackendAt(start);
        try
        {
            bool fromV2 = snapshot is { Data.IsEmpty: false };
            // Without the document only the database knows the members that joined before the start; etcd 3.5 keeps both.
            MembershipSource source = fromV2 || start.Index == 0 ? Cluster.ChooseSource(backend) : MembershipSource.Database;
            StoreRooms rooms = OpenRooms(backend, fromV2 ? snapshot!.Data : (ReadOnlyMemory<byte>?)null, source);
            if (!fromV2 && start.Index > 0)
            {
                // The database's members are the truth then, and the changes that led to them come back without effect.
                rooms.Cluster.RebuildV2Store();
                start = start with { ConfState = rooms.Cluster.Current.ConfState };
            }
            CheckVersion(rooms.Cluster.Current.Version);
            WalRecovery recovery = WriteAheadLog.Open(files, options.LogDirectory, new WalSnapshot(start.Index, start.Term), WalOptions(rooms.Cluster.Current.Version));
            LogRecovery(recovery);
            CheckNotBehind(recovery, start, backend.ConsistentIndex);
            return new BootedMember
            {
                MemberId = recovery.Metadata.NodeId,
                ClusterId = recovery.Metadata.ClusterId,
                Log = recovery.Log,
                Snapshots = _snapshots,
                Storage = FillStorage(snapshot, start, recovery),
                Rooms = rooms,
                Start = start,
            };
        }
        catch
        {
            backend.Dispose();
            throw;
        }
    }

    private Snapshot? LoadSnapshot(IReadOnlyList<WalSnapshot> valid)
    {
        SnapshotLoad load = _snapshots.LoadNewest(valid);
        foreach (BrokenSnapshot broken in load.Broken)
        {
            log.Warn("failed to read a snap file", ("path", broken.Path), ("error", broken.Error));
            if (broken.BrokenPath is not null)
                log.Warn("renamed to a broken snap file", ("path", broken.Path), ("broken-path", broken.BrokenPath));
        }
        foreach (string name in load.UnexpectedFiles)
            log.Warn("found unexpected non-snap file; skipping", ("path", name));
        if (load.Snapshot is null)
            log.Info("No snapshot found. Recovering WAL from scratch!");
        else
            log.Info("recovered v2 store from snapshot", ("snapshot-index", load.Snapshot.Metadata.Index));
        return load.Snapshot;
    }

    /// <summary>Without a .snap file (etcd 3.7 does not need one) the newest snapshot record of the log says where to start.</summary>
    private static SnapshotMetadata StartOf(Snapshot? snapshot, IReadOnlyList<WalSnapshot> valid)
    {
        if (snapshot is not null)
            return snapshot.Metadata;
        WalSnapshot newest = valid.Count > 0 ? valid[^1] : default;
        return newest.ConfState is null
            ? new SnapshotMetadata(ConfState.Empty, 0, 0)
            : new SnapshotMetadata(newest.ConfState, newest.Index, newest.Term);
    }

    private WalOptions WalOptions(ClusterVersion? version) => new()
    {
        Dialect = BackgroundWork.DialectOf(version),
        NoFsync = options.UnsafeNoFsync,
        Time = clock,
        Synced = observer.WalSynced,
        Written = observer.WalWritten,
        SegmentCreated = path => log.Info("created a new WAL segment", ("path", path)),
    };

    private BatchingBackend OpenBackend()
    {
        long started = clock.GetTimestamp();
        var backendOptions = new BackendOptions
        {
            BatchInterval = options.BackendBatchInterval,
            BatchLimit = options.BackendBatchLimit,
            QuotaBytes = options.QuotaBackendBytes,
            Observer = commits,
        };
        BatchingBackend backend = BatchingBackend.Open(files, options.DatabasePath, backendOptions, clock);
        log.Info("opened backend db", ("path", options.DatabasePath), ("took", clock.GetElapsedTime(started)));
        return backend;
    }

    /// <summary>A snapshot that the leader sent may have been received but not yet put in place.</summary>
    private BatchingBackend OpenBackendAt(SnapshotMetadata start)
    {
        BatchingBackend backend = OpenBackend();
        if (start.Index <= backend.ConsistentIndex)
            return backend;
        backend.Dispose();
        string received = _snapshots.DatabasePath(start.Index);
        if (!files.FileExists(received))
        {
            throw new BootException(
                "failed to recover v3 backend from snapshot: failed to find database snapshot file (snap: snapshot file doesn't exist)",
                $"{options.DatabasePath} is older than the snapshot at index {start.Index} and {received} is missing; restore this member from a backup",
                exitCode: 2);
        }
        files.Rename(received, options.DatabasePath);
        files.SyncDirectory(options.SnapDirectory);
        return OpenBackend();
    }

    private StoreRooms OpenRooms(BatchingBackend backend, ReadOnlyMemory<byte>? v2Json, MembershipSource source)
    {
        var v2 = new V2Store();
        if (v2Json is { } json)
            v2.Recover(json);
        long minimumTtl = (long)Math.Ceiling(1.5 * options.ElectionTimeout.TotalSeconds);
        var leases = new Lessor(backend, new LessorOptions { MinimumTtlSeconds = minimumTtl, ExpiredRetryInterval = options.RequestTimeout });
        MvccStore mvcc = MvccStore.Open(backend, leases, new MvccOptions { CompactionBatchLimit = options.CompactionBatchLimit });
        var auth = new AuthStore(backend, tokens, options.BcryptCost);
        var alarms = new AlarmStore(backend);
        var cluster = new Cluster(backend, v2, options.MaxLearners);
        cluster.Load(source);
        return new StoreRooms(backend, mvcc, leases, auth, cluster, v2, alarms);
    }

    private static void CheckVersion(ClusterVersion? cluster)
    {
        string[] own = MemberOptions.ServerVersion.Split('.');
        var server = new ClusterVersion(int.Parse(own[0]), int.Parse(own[1]), 0);
        if (cluster is { } version && (version.Major, version.Minor).CompareTo((server.Major, server.Minor)) > 0)
        {
            throw new BootException(
                $"invalid downgrade; server version is lower than determined cluster version (current-server-version {MemberOptions.ServerVersion}, determined-cluster-version {version.Major}.{version.Minor})",
                "this data directory belongs to a newer etcd; start that one");
        }
    }

    private void LogRecovery(WalRecovery recovery)
    {
        foreach (string name in recovery.Contents.IgnoredFiles)
            log.Warn("ignored file in WAL directory", ("path", name));
        if (recovery.Discarded is { } discarded)
            log.Warn("zeroed bytes behind the end of the WAL that no acknowledged write left", ("path", discarded.Path), ("offset", discarded.Offset), ("bytes", discarded.Bytes));
        if (recovery.Repair is not { } repair)
            return;
        log.Info("repairing", ("path", repair.Tail.Path));
        log.Info("repaired", ("path", repair.Tail.Path), ("error", "unexpected EOF"), ("broken-path", repair.BrokenPath), ("bytes-dropped", repair.BytesDropped));
        log.Info("repaired WAL", ("error", repair.Tail.Error));
    }

    /// <summary>Entries that the database has seen but the log has lost would make new entries look applied (spec disk §5.6):
    /// etcd then acknowledges writes that have no effect. We refuse instead.</summary>
    private void CheckNotBehind(WalRecovery recovery, SnapshotMetadata start, ulong consistentIndex)
    {
        ulong last = recovery.Entries.Count > 0 ? recovery.Entries[^1].Index : start.Index;
        if (last >= consistentIndex)
            return;
        recovery.Log.Dispose();
        throw new BootException(
            $"the write-ahead log ends at index {last} but the database holds the effects of index {consistentIndex}",
            $"part of {options.LogDirectory} was lost; put it back, or restore this member from a backup (new writes would be lost otherwise)");
    }

    private static MemoryStorage FillStorage(Snapshot? snapshot, SnapshotMetadata start, WalRecovery recovery)
    {
        var storage = new MemoryStorage();
        if (start.Index > 0)
            storage.ApplySnapshot(snapshot ?? new Snapshot(start, default));
        storage.SetHardState(recovery.HardState);
        storage.Append([.. recovery.Entries]);
        return storage;
    }
}
