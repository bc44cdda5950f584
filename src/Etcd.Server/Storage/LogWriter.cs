using Etcd.Foundation.Threading;
using Etcd.Protocol.Raft;
using Etcd.Wal;

namespace Etcd.Server.Storage;

/// <summary>The one owner of the write-ahead log: whatever gathered while the last sync ran goes out in one write and one
/// fdatasync; then raft is told about each part.</summary>
internal sealed class LogWriter
{
    private readonly WriteAheadLog _log;
    private readonly Action<Message> _appended;
    private readonly List<Entry> _entries = [];

    public LogWriter(WriteAheadLog log, Action<Message> appended, Action wake)
    {
        _log = log;
        _appended = appended;
        Appends = new BatchQueue<Message>(wake);
        Snapshots = new BatchQueue<SnapshotRecord>(wake);
    }

    /// <summary>StorageAppend messages of raft.</summary>
    public BatchQueue<Message> Appends { get; }

    /// <summary>Snapshots whose files are durable and now need their record.</summary>
    public BatchQueue<SnapshotRecord> Snapshots { get; }

    /// <summary>Makes everything that waits durable.</summary>
    public void Step()
    {
        SaveAppends(Appends.TakeAll());
        foreach (SnapshotRecord record in Snapshots.TakeAll())
        {
            _log.SaveSnapshot(record.Position);
            _log.ReleaseLockTo(record.Position.Index);
            record.Saved();
        }
    }

    private void SaveAppends(List<Message> appends)
    {
        if (appends.Count == 0)
            return;
        _entries.Clear();
        HardState state = default;
        foreach (Message append in appends)
        {
            for (int i = 0; i < append.Entries.Count; i++)
                _entries.Add(append.Entries[i]);
            if (append.Term != 0 || append.Vote != 0 || append.Commit != 0)
                state = new HardState(append.Term, append.Vote, append.Commit);
        }
        _log.Save(state, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_entries));
        foreach (Message append in appends)
            _appended(append);
    }
}

/// <summary>A snapshot on its way into the log.</summary>
/// <param name="Position">Becomes the record.</param>
/// <param name="Saved">Called on the log's thread once the record is durable.</param>
internal sealed record SnapshotRecord(WalSnapshot Position, Action Saved);
