using Etcd.Foundation.Logging;
using Etcd.Protocol.Raft;
using Etcd.Server.Storage;
using Etcd.Wal;
using Etcd.Wal.Snapshots;

namespace Etcd.Server.Snapshots;

/// <summary>Takes a snapshot every so many applied entries, so that a restart replays little and old log files can go.</summary>
/// <remarks>Order (spec disk §11): database commit, .snap file and its sync, WAL record and its sync, then locks and memory are
/// released. The state is captured on the apply thread, the file is written in the background; one at a time.</remarks>
internal sealed class SnapshotKeeper(
    StoreRooms rooms, SnapshotDirectory directory, LogWriter logWriter, ulong snapshotCount, Action<SnapshotMetadata, ReadOnlyMemory<byte>> recorded, Action<Exception> failed, Logger log)
{
    private ulong _lastIndex;
    private bool _dueAtOnce;
    private Task _writing = Task.CompletedTask;

    /// <summary>The snapshot that the member started from. Before the first <see cref="Consider"/>.</summary>
    public void StartAt(ulong index) => _lastIndex = index;

    /// <summary>The next <see cref="Consider"/> takes one whatever was applied since the last.</summary>
    public void Force() => _dueAtOnce = true;

    /// <summary>Apply thread, between batches: takes a snapshot if one is due.</summary>
    public void Consider(ulong appliedIndex, ulong appliedTerm)
    {
        // While entries that the database has are replayed, the membership may be ahead of them: no snapshot of that mixture.
        if (appliedIndex < rooms.Backend.ConsistentIndex)
            return;
        if (!_writing.IsCompleted || appliedIndex <= _lastIndex || (!_dueAtOnce && appliedIndex - _lastIndex <= snapshotCount))
            return;
        _dueAtOnce = false;
        log.Info("triggering snapshot", ("local-member-applied-index", appliedIndex), ("local-member-snapshot-index", _lastIndex), ("local-member-snapshot-count", snapshotCount));
        _lastIndex = appliedIndex;
        var position = new SnapshotMetadata(rooms.Cluster.Current.ConfState, appliedIndex, appliedTerm);
        var snapshot = new Snapshot(position, rooms.V2.Save());
        _writing = Task.Run(() => Write(snapshot));
    }

    /// <summary>Waits for a snapshot that is being written.</summary>
    public void Finish() => _writing.Wait();

    private void Write(Snapshot snapshot)
    {
        try
        {
            if (!rooms.Backend.CommitNow())
            {
                log.Warn("skipped a snapshot: the disk has no room for the database commit");
                return;
            }
            directory.Save(snapshot);
            SnapshotMetadata position = snapshot.Metadata;
            logWriter.Snapshots.Add(new SnapshotRecord(
                new WalSnapshot(position.Index, position.Term, position.ConfState),
                () =>
                {
                    recorded(position, snapshot.Data);
                    directory.ReleaseDatabases(position.Index);
                    log.Info("saved snapshot", ("snapshot-index", position.Index));
                }));
        }
        catch (IOException exception)
        {
            failed(exception);
        }
    }
}
