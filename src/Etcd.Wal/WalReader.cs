using Etcd.Foundation;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;
using Etcd.Wal.Records;
using Etcd.Wal.Segments;

namespace Etcd.Wal;

/// <summary>Looks at a log without a lock and without changing it, also while another process writes it.</summary>
/// <remarks>A torn tail is no error here. All methods throw <see cref="CorruptException"/> for damage anywhere else and
/// <see cref="WalException"/> if the log, or the part asked for, is not there.</remarks>
public static class WalReader
{
    /// <summary>Everything behind a snapshot.</summary>
    /// <exception cref="WalException">Also if the log has no record of the snapshot.</exception>
    public static WalContents Read(IFileSystem files, string directory, in WalSnapshot start) =>
        Read(files, directory, start, keepsEntries: true);

    /// <summary>Checks every record behind a snapshot and keeps none.</summary>
    /// <returns>The last hard state.</returns>
    /// <exception cref="WalException">Also if the log has no record of the snapshot.</exception>
    public static HardState Verify(IFileSystem files, string directory, in WalSnapshot start) =>
        Read(files, directory, start, keepsEntries: false).HardState;

    /// <summary>All snapshots that the log vouches for, oldest first: those up to the last known commit index. A newer one may belong
    /// to a leader that lost.</summary>
    public static IReadOnlyList<WalSnapshot> ValidSnapshots(IFileSystem files, string directory)
    {
        var segmentDirectory = new SegmentDirectory(files, directory);
        (SegmentName[] names, _) = segmentDirectory.List();
        using SegmentSet segments = segmentDirectory.OpenForRead(names);
        var reader = new RecordReader(segments.Items);
        List<WalSnapshot> snapshots = [];
        HardState state = default;
        while (reader.TryRead(out WalRecord record))
        {
            try
            {
                if (record.Type == RecordType.Snapshot)
                    snapshots.Add(WalSnapshot.Read(record.Data.Span));
                else if (record.Type == RecordType.State)
                    state = HardStateCodec.Read(record.Data.Span);
            }
            catch (WireFormatException e)
            {
                throw new CorruptException(record.Path, record.Offset, $"wal: {record.Type} record cannot be read: {e.Message}");
            }
        }
        snapshots.RemoveAll(snapshot => snapshot.Index > state.Commit);
        return snapshots;
    }

    private static WalContents Read(IFileSystem files, string directory, in WalSnapshot start, bool keepsEntries)
    {
        var segmentDirectory = new SegmentDirectory(files, directory);
        (SegmentName[] names, string[] ignored) = segmentDirectory.List();
        foreach (int first in segmentDirectory.StartCandidates(names, start.Index))
        {
            using SegmentSet segments = segmentDirectory.OpenForRead(names.AsSpan(first));
            var reader = new RecordReader(segments.Items);
            var replay = new LogReplay(start, keepsEntries);
            replay.Run(reader);
            if (replay.HasStart)
                return Contents(replay, reader.Torn, ignored);
        }
        throw SnapshotNotFound(directory, start);
    }

    internal static WalContents Contents(LogReplay replay, TornTail? torn, string[] ignored)
    {
        return new WalContents
        {
            Metadata = replay.Metadata ?? [],
            HardState = replay.HardState,
            Entries = replay.Entries,
            Torn = torn,
            IgnoredFiles = ignored,
        };
    }

    internal static WalException SnapshotNotFound(string directory, in WalSnapshot start) =>
        new(WalError.SnapshotNotFound, $"wal: snapshot not found (no record of index {start.Index}, term {start.Term} in {directory})");
}
