using Etcd.Protocol.Wire;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Tells when a compaction has removed its data.</summary>
public sealed class CompactionHandle
{
    private readonly Lock _lock = new();
    private Action? _callback;

    public bool IsFinished { get; private set; }

    /// <summary>Calls back once, on the compacting thread, or at once if finished already.</summary>
    public void OnFinished(Action callback)
    {
        lock (_lock)
        {
            if (!IsFinished)
            {
                _callback += callback;
                return;
            }
        }
        callback();
    }

    internal void Finish()
    {
        Action? callback;
        lock (_lock)
        {
            IsFinished = true;
            callback = _callback;
            _callback = null;
        }
        callback?.Invoke();
    }
}

/// <summary>One scheduled compaction on its way through the database, batch by batch.</summary>
/// <param name="index">The store's index; every batch pins its current state.</param>
/// <param name="revision">Up to where data is removed.</param>
/// <param name="previous">Compacted revision before it; -1 if none.</param>
/// <param name="previousWasFinished">Only then the hash is one that other members would compute.</param>
internal sealed class CompactionJob(KeyIndex index, long revision, long previous, bool previousWasFinished) : IRecordJudge
{
    private KeyValueHasher _hasher;
    private Revision _next;
    private bool _hasStarted;
    private IndexSnapshot? _pinned;
    private List<byte[]> _touched = [];

    public CompactionHandle Handle { get; } = new();

    public long Revision => revision;

    /// <summary>Records deleted so far.</summary>
    public long Deleted { get; private set; }

    /// <summary>Null unless the job is finished and its hash means something.</summary>
    public KeyValueHash? Hash { get; private set; }

    /// <summary>Runs one batch.</summary>
    /// <param name="touchedKeys">Keys that lost records, in no order, to be compacted in the index as well.</param>
    /// <returns>True if the job is finished.</returns>
    public bool RunBatch(BatchingBackend backend, int limit, out List<byte[]> touchedKeys)
    {
        _pinned = index.Pin();
        KeyValueHasher before = _hasher;
        try
        {
            if (!_hasStarted)
            {
                _hasher = before = new KeyValueHasher(previous, revision, KeepRule.KeepsAny(_pinned.View, revision, forHash: false));
                _hasStarted = true;
            }
            _touched = [];
            touchedKeys = _touched;
            var sweep = new RecordSweep(_next, revision, limit, Bucket.Meta, MetaRecords.FinishedCompaction, MetaRecords.Encode(revision));
            if (!backend.Sweep(sweep, this))
            {
                _hasher = before; // Nothing was deleted: the batch will be run again.
                touchedKeys = [];
                return false;
            }
            _next = sweep.Next;
            Deleted += sweep.Deleted;
            if (sweep.IsDone && previousWasFinished)
                Hash = _hasher.Result;
            return sweep.IsDone;
        }
        finally
        {
            _pinned.Unpin();
        }
    }

    bool IRecordJudge.Keep(Revision record, bool tombstone, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> userKey = KeyValueFields.Parse(value).Key;
        bool kept = KeepRule.Keeps(_pinned!.View, userKey, record, revision);
        _hasher.Add(record, tombstone, kept, key, value);
        if (!kept)
            _touched.Add(userKey.ToArray());
        return kept;
    }
}
