using Etcd.Store.Backend;
using Etcd.Store.Mvcc;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Watch;

/// <summary>Events that some watchers missed, read from the database.</summary>
internal sealed class HistoryBatch
{
    /// <summary>Revisions that are looked at in one batch.</summary>
    public const int MaxRevisions = 1000;

    /// <summary>Bytes of events that are collected in one batch, about.</summary>
    private const long MaxBytes = 4 << 20;

    private readonly Dictionary<Watcher, List<(long Revision, ReadOnlyMemory<byte> Event)>> _events = [];
    private long _nextRevision;

    private HistoryBatch(long compactedRevision) => CompactedRevision = compactedRevision;

    /// <summary>History below this revision is gone; -1 if all is there.</summary>
    public long CompactedRevision { get; }

    /// <summary>Reads from the smallest next revision of the watchers up to <paramref name="target"/>, or less if that is too much.</summary>
    public static HistoryBatch Read(MvccStore store, List<Watcher> watchers, long target)
    {
        while (true)
        {
            IndexSnapshot index = store.PinIndex();
            BackendView records = store.PinRecords();
            try
            {
                // If a compaction came in between, the records may lack what this index still promises.
                if (store.CompactedRevision != index.CompactedRevision)
                    continue;
                var batch = new HistoryBatch(index.CompactedRevision);
                batch.Collect(index, records, watchers, target);
                return batch;
            }
            finally
            {
                index.Unpin();
                records.Unpin();
            }
        }
    }

    /// <summary>Queues what the watcher missed, revision by revision, until its stream is full.</summary>
    /// <returns>The next revision that it needs.</returns>
    public long QueueFor(Watcher watcher)
    {
        if (!_events.TryGetValue(watcher, out var events))
            return Math.Max(watcher.NextRevision, _nextRevision);
        watcher.HadEvent = true;
        List<ReadOnlyMemory<byte>> together = [];
        for (int i = 0; i < events.Count;)
        {
            long revision = events[i].Revision;
            together.Clear();
            for (; i < events.Count && events[i].Revision == revision; i++)
                together.Add(events[i].Event);
            if (!watcher.Stream.Queue.TryAdd(watcher, revision, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(together)))
                return revision;
        }
        return Math.Max(watcher.NextRevision, _nextRevision);
    }

    private void Collect(IndexSnapshot index, BackendView records, List<Watcher> watchers, long target)
    {
        var interested = new WatcherSet();
        long from = long.MaxValue;
        foreach (Watcher watcher in watchers)
        {
            if (watcher.NextRevision < CompactedRevision)
                continue; // It is told so; what is left of its history is of no use.
            from = Math.Min(from, watcher.NextRevision);
            interested.Add(watcher);
        }
        _nextRevision = target + 1;
        if (from > target)
            return;
        List<Watcher> found = [];
        long bytes = 0;
        long revisions = 0;
        long last = 0;
        RecordCursor cursor = records.Scan(new Revision(from, 0));
        while (cursor.MoveNext() && cursor.Revision.Main <= target)
        {
            if (cursor.Revision.Main != last && (++revisions > MaxRevisions || bytes > MaxBytes))
            {
                _nextRevision = cursor.Revision.Main;
                return;
            }
            last = cursor.Revision.Main;
            found.Clear();
            ReadOnlySpan<byte> key = ChangeEncoder.KeyOf(cursor.Value);
            interested.Find(key, found);
            if (found.Count > 0)
                bytes += Add(cursor, key, found, index, records);
        }
    }

    private long Add(in RecordCursor cursor, ReadOnlySpan<byte> key, List<Watcher> found, IndexSnapshot index, BackendView records)
    {
        byte[]? plain = null;
        byte[]? withPrevious = null;
        long bytes = 0;
        foreach (Watcher watcher in found)
        {
            if (cursor.Revision.Main < watcher.NextRevision || watcher.Filters(cursor.IsTombstone))
                continue;
            byte[] encoded = watcher.WantsPrevious
                ? withPrevious ??= Encode(cursor, Previous(key, cursor.Revision, index, records))
                : plain ??= Encode(cursor, previous: default);
            if (!_events.TryGetValue(watcher, out var events))
                _events[watcher] = events = [];
            events.Add((cursor.Revision.Main, encoded));
            bytes += encoded.Length;
        }
        return bytes;
    }

    private static byte[] Encode(in RecordCursor cursor, ReadOnlySpan<byte> previous) =>
        EventEncoding.Encode(cursor.IsTombstone, cursor.Value, cursor.Revision.Main, previous);

    private static ReadOnlySpan<byte> Previous(ReadOnlySpan<byte> key, Revision revision, IndexSnapshot index, BackendView records)
    {
        if (!index.View.TryFind(key, out KeyEntry entry) || !index.View.TryResolve(entry, revision.Main - 1, out Revision previous))
            return default;
        return records.TryGetRecord(previous, out ReadOnlySpan<byte> record) ? record : default;
    }
}
