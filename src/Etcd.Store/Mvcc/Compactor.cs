using Etcd.Store.Backend;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Runs scheduled compactions one after the other, first in the database, then in the index.</summary>
/// <remarks>The database part may run on any one thread, a batch at a time. The index part belongs to the apply thread, a slice per
/// publication, so that no write ever waits for a compaction. That the index lags behind is invisible: what it still lists below the
/// compacted revision cannot be asked for.</remarks>
internal sealed class Compactor(BatchingBackend backend, KeyIndex index, int batchLimit)
{
    private const int MaxHashes = 10;
    private const int IndexSliceKeys = 1000;
    private readonly Lock _lock = new();
    private readonly Queue<CompactionJob> _jobs = new();
    private readonly Queue<(byte[] Key, long Revision)> _touched = new();
    private readonly List<KeyValueHash> _hashes = [];
    private readonly List<CompactionJob> _unpublished = [];

    /// <summary>Hashes of finished compactions, newest revision first.</summary>
    public KeyValueHash[] Hashes
    {
        get
        {
            lock (_lock)
                return [.. Enumerable.Reverse(_hashes)];
        }
    }

    public bool HasWork
    {
        get
        {
            lock (_lock)
                return _jobs.Count > 0;
        }
    }

    /// <summary>Keys whose index entries still have to be compacted.</summary>
    public int IndexBacklog
    {
        get
        {
            lock (_lock)
                return _touched.Count;
        }
    }

    /// <summary>Apply thread: the job may run from the next publication on, when the index that it needs is there to pin.</summary>
    public void Schedule(CompactionJob job) => _unpublished.Add(job);

    /// <summary>Apply thread, after a publication.</summary>
    public void Release()
    {
        if (_unpublished.Count == 0)
            return;
        lock (_lock)
        {
            foreach (CompactionJob job in _unpublished)
                _jobs.Enqueue(job);
        }
        _unpublished.Clear();
    }

    /// <summary>Apply thread: compacts some index entries.</summary>
    public void CompactIndex()
    {
        for (int i = 0; i < IndexSliceKeys; i++)
        {
            (byte[] Key, long Revision) next;
            lock (_lock)
            {
                if (!_touched.TryDequeue(out next))
                    return;
            }
            CompactEntry(next.Key, next.Revision);
        }
    }

    /// <summary>One batch of the oldest job. One thread at a time.</summary>
    /// <returns>True if there is more to do.</returns>
    public bool Step()
    {
        CompactionJob? job;
        lock (_lock)
        {
            if (!_jobs.TryPeek(out job))
                return false;
        }
        bool finished = job.RunBatch(backend, batchLimit, out List<byte[]> touched);
        lock (_lock)
        {
            foreach (byte[] key in touched)
                _touched.Enqueue((key, job.Revision));
            if (!finished)
                return true;
            _jobs.Dequeue();
            if (job.Hash is { } hash)
                Remember(hash);
        }
        job.Handle.Finish();
        return HasWork;
    }

    private void Remember(KeyValueHash hash)
    {
        int at = _hashes.FindLastIndex(other => other.Revision <= hash.Revision) + 1;
        _hashes.Insert(at, hash);
        if (_hashes.Count > MaxHashes)
            _hashes.RemoveAt(0);
    }

    private void CompactEntry(byte[] key, long revision)
    {
        if (!index.Seek(key, out KeyEntry entry))
            return;
        int removed = KeepRule.CountRemoved(index.HistoryOf(entry), entry, revision, out bool removesNewest);
        if (removesNewest)
        {
            index.Remove();
            return;
        }
        if (removed == 0)
            return;
        index.TrimHistory(ref entry, removed);
        index.Write(key, entry);
    }
}
