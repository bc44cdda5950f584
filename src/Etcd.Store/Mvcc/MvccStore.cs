using System.Buffers;
using Etcd.Foundation;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Store.Apply;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Mvcc.Index;
using Etcd.Store.Watch;

namespace Etcd.Store.Mvcc;

/// <summary>etcd's multi-version key space: what Range, Put, DeleteRange, Txn, Compact and HashKV mean.</summary>
/// <remarks>One apply thread writes; any number of threads read without a lock shared with it. Nothing that was written is
/// visible to readers and watchers before <see cref="Publish"/>.</remarks>
public sealed class MvccStore : IDisposable
{
    private readonly BatchingBackend _backend;
    private readonly ILeaseKeys _leases;
    private readonly MvccOptions _options;
    private readonly ChangeLog _changes = new();
    private readonly ResponseBuffer _response = new();
    private KeyIndex _index;
    private StoreWriter _writer;
    private Compactor _compactor;
    private long _compactedRevision;
    private bool _isDirty;

    private MvccStore(BatchingBackend backend, ILeaseKeys leases, MvccOptions options)
    {
        _backend = backend;
        _leases = leases;
        _options = options;
        (_index, _writer, _compactor) = Load();
        Watches = new WatchHub(this, options.WatchQueueBytes);
    }

    /// <summary>Revision of the last published write; 1 for an empty store.</summary>
    public long CurrentRevision => Volatile.Read(ref _index).Current.CurrentRevision;

    /// <summary>Revision of the last applied write, published or not: what the response header of a request shows that does
    /// not touch the key space (a lease grant, say) but was applied behind that write. Apply thread.</summary>
    public long AppliedRevision => _writer.CurrentRevision;

    /// <summary>Reads below this revision are refused; -1 before the first compaction.</summary>
    public long CompactedRevision => Volatile.Read(ref _index).Current.CompactedRevision;

    /// <summary>Keys that exist, at the published revision.</summary>
    public long KeyCount
    {
        get
        {
            IndexSnapshot snapshot = PinIndex();
            try
            {
                return snapshot.View.CountLiveTotal();
            }
            finally
            {
                snapshot.Unpin();
            }
        }
    }

    public WatchHub Watches { get; }

    /// <summary>Hashes remembered from compactions, newest first (at most 10).</summary>
    public IReadOnlyList<KeyValueHash> CompactionHashes => Volatile.Read(ref _compactor).Hashes;

    /// <summary>A compaction is scheduled and not finished.</summary>
    public bool HasCompactionWork => Volatile.Read(ref _compactor).HasWork;

    /// <summary>Builds the key index from the database, attaches keys to their leases, and schedules again a compaction that a
    /// stop interrupted.</summary>
    /// <exception cref="CorruptException">A record is damaged.</exception>
    /// <exception cref="WireFormatException">A record is not a key-value pair.</exception>
    public static MvccStore Open(BatchingBackend backend, ILeaseKeys leases, MvccOptions options) => new(backend, leases, options);

    // ---- apply thread ----

    /// <summary>As <see cref="Open"/>, after the database was replaced by another one. Watchers stay and get what they missed.</summary>
    public void Reload()
    {
        (KeyIndex index, StoreWriter writer, Compactor compactor) = Load();
        _changes.Clear();
        _writer = writer;
        Volatile.Write(ref _compactor, compactor);
        Volatile.Write(ref _index, index);
        Watches.Reload(CurrentRevision);
    }

    /// <param name="request">An encoded PutRequest that passed <see cref="RequestValidation.Put"/>.</param>
    public ApplyResult Put(ReadOnlyMemory<byte> request)
    {
        PutRequestFields put = PutRequestFields.Parse(request.Span);
        if (put.Lease != 0 && !_leases.Exists(put.Lease))
            return ApplyResult.Refused(EtcdError.LeaseNotFound);
        _writer.Begin();
        if ((put.IgnoreValue || put.IgnoreLease) && !_writer.TryFind(put.Key, out _))
            return ApplyResult.Refused(EtcdError.KeyNotFound);
        if (!put.PreviousKeyValue && !put.IgnoreValue && !put.IgnoreLease)
        {
            _writer.Put(put.Key, put.Value, put.Lease);
            return Finish(ReadOnlyMemory<byte>.Empty);
        }
        BackendView records = _backend.Pin();
        try
        {
            _response.Clear();
            Operations(records).Put(put, _response, nested: false);
            return Finish(_response.Written.ToArray());
        }
        finally
        {
            records.Unpin();
        }
    }

    /// <param name="request">An encoded DeleteRangeRequest that passed <see cref="RequestValidation.DeleteRange"/>.</param>
    public ApplyResult DeleteRange(ReadOnlyMemory<byte> request)
    {
        BackendView records = _backend.Pin();
        try
        {
            _response.Clear();
            _writer.Begin();
            Operations(records).DeleteRange(DeleteRangeRequestFields.Parse(request.Span), _response, nested: false);
            return Finish(_response.Written.ToArray());
        }
        finally
        {
            records.Unpin();
        }
    }

    /// <param name="request">An encoded TxnRequest that passed <see cref="RequestValidation.Txn"/>.</param>
    public ApplyResult Txn(ReadOnlyMemory<byte> request)
    {
        BackendView records = _backend.Pin();
        try
        {
            _writer.Begin();
            StoreOperations operations = Operations(records);
            var runner = new TxnRunner(operations.View, _leases, operations);
            EtcdError? refusal = runner.Prepare(request.Span);
            if (refusal is not null)
                return ApplyResult.Refused(refusal);
            _response.Clear();
            runner.Run(request.Span, _response);
            Invariant.Holds(!runner.IsRecordMissing, "a key in a transaction has no record");
            return Finish(_response.Written.ToArray());
        }
        finally
        {
            records.Unpin();
        }
    }

    /// <summary>A Range that went through the log.</summary>
    /// <param name="request">An encoded RangeRequest that passed <see cref="RequestValidation.Range"/>.</param>
    public ApplyResult ApplyRange(ReadOnlyMemory<byte> request)
    {
        BackendView records = _backend.Pin();
        try
        {
            RangeRequestFields range = RangeRequestFields.Parse(request.Span);
            using var query = new RangeQuery();
            EtcdError? refusal = query.Find(Operations(records).View, range);
            if (refusal is not null)
                return ApplyResult.Refused(refusal);
            _response.Clear();
            query.WriteBody(records, range.KeysOnly, _response);
            Invariant.Holds(!query.IsRecordMissing, "a key in a range has no record");
            return ApplyResult.Done(_writer.CurrentRevision, _response.Written.ToArray());
        }
        finally
        {
            records.Unpin();
        }
    }

    /// <summary>Hides everything below <paramref name="revision"/> and schedules its removal.</summary>
    /// <param name="revision">Last revision that stays readable.</param>
    /// <param name="removed">Completes when the data is gone from the database ("physical"); null if refused.</param>
    public ApplyResult Compact(long revision, out CompactionHandle? removed)
    {
        removed = null;
        if (revision <= _compactedRevision)
            return ApplyResult.Refused(EtcdError.Compacted);
        if (revision > _writer.CurrentRevision)
            return ApplyResult.Refused(EtcdError.FutureRevision);
        bool previousIsFinished = MetaRecords.Read(_backend, MetaRecords.ScheduledCompaction) == MetaRecords.Read(_backend, MetaRecords.FinishedCompaction);
        var job = new CompactionJob(_index, revision, _compactedRevision, previousIsFinished);
        _backend.Put(Bucket.Meta, MetaRecords.ScheduledCompaction, MetaRecords.Encode(revision));
        _backend.RequestCommit();
        _compactor.Schedule(job);
        _compactedRevision = revision;
        _isDirty = true;
        removed = job.Handle;
        return ApplyResult.Done(_writer.CurrentRevision);
    }

    /// <summary>Deletes the keys of a revoked lease in one revision. Missing keys are skipped.</summary>
    /// <param name="sortedKeys">In byte-wise order, no duplicates.</param>
    /// <returns>The revision of the deletion, or the current one if no key existed.</returns>
    public long DeleteKeys(IReadOnlyList<ReadOnlyMemory<byte>> sortedKeys)
    {
        _writer.Begin();
        foreach (ReadOnlyMemory<byte> key in sortedKeys)
            _writer.Delete(key.Span);
        return Finish(ReadOnlyMemory<byte>.Empty).Revision;
    }

    /// <summary>Makes everything applied so far visible to readers and hands events to watchers. Call it at the end of
    /// each batch of entries, before waking those who wait for their results.</summary>
    public void Publish()
    {
        if (!_isDirty && _compactor.IndexBacklog == 0)
            return;
        _isDirty = false;
        _compactor.CompactIndex();
        _index.Publish(_writer.CurrentRevision, _compactedRevision);
        _compactor.Release();
        Watches.Publish(_changes, _writer.CurrentRevision);
        _changes.Clear();
    }

    // ---- any thread ----

    /// <summary>Answers a RangeRequest from what is published.</summary>
    /// <param name="rangeRequest">Passed <see cref="RequestValidation.Range"/>.</param>
    /// <param name="reply">The answer, to be written out and disposed; null if refused.</param>
    public EtcdError? Range(ReadOnlySpan<byte> rangeRequest, out RangeReply? reply) =>
        new StoreReader(this).Range(RangeRequestFields.Parse(rangeRequest), out reply);

    /// <summary>Begins to answer a RangeRequest in chunks, all of one revision.</summary>
    /// <param name="rangeRequest">Passed <see cref="RequestValidation.RangeStream"/>.</param>
    /// <param name="maxRequestBytes"><c>--max-request-bytes</c>; chunks aim at a size of about that.</param>
    public RangeStream OpenRangeStream(ReadOnlyMemory<byte> rangeRequest, int maxRequestBytes) => new(this, rangeRequest, maxRequestBytes);

    /// <summary>Answers a TxnRequest without writes from one consistent view.</summary>
    /// <param name="txnRequest">Passed <see cref="RequestValidation.Txn"/> and has no put or delete.</param>
    /// <param name="body">Receives the TxnResponse fields behind the header.</param>
    /// <param name="revision">For the header.</param>
    public EtcdError? ReadOnlyTxn(ReadOnlySpan<byte> txnRequest, IBufferWriter<byte> body, out long revision) =>
        new StoreReader(this).Txn(txnRequest, body, out revision);

    /// <summary>Maintenance.HashKV (spec disk §6.1, §6.2).</summary>
    /// <param name="revision">0 for the current one.</param>
    /// <param name="hash">With its revisions; default if refused.</param>
    public EtcdError? HashKv(long revision, out KeyValueHash hash)
    {
        // Compat: the remembered hash wins, and it is looked up by the number that was asked for, also by 0.
        foreach (KeyValueHash remembered in CompactionHashes)
        {
            if (remembered.Revision == revision)
            {
                hash = remembered;
                return null;
            }
        }
        return new StoreReader(this).Hash(revision, out hash);
    }

    /// <summary>One batch of a scheduled compaction: deletes up to 1000 records and commits. The owner pauses about 10 ms
    /// between batches so that other commits get their turn. One thread at a time.</summary>
    /// <returns>True if more is left to do.</returns>
    public bool CompactionStep() => Volatile.Read(ref _compactor).Step();

    /// <summary>Ends all watch streams. The backend is its owner's to close.</summary>
    public void Dispose() => Watches.Dispose();

    internal KeyIndex Index => Volatile.Read(ref _index);

    internal BackendView PinRecords() => _backend.Pin();

    internal IndexSnapshot PinIndex() => Volatile.Read(ref _index).Pin();

    private StoreOperations Operations(BackendView records) => new(_writer, _index, records, _compactedRevision);

    private ApplyResult Finish(ReadOnlyMemory<byte> body)
    {
        _isDirty |= _writer.HasChanges;
        return ApplyResult.Done(_writer.End(), body);
    }

    private (KeyIndex Index, StoreWriter Writer, Compactor Compactor) Load()
    {
        long finished = MetaRecords.Read(_backend, MetaRecords.FinishedCompaction) ?? -1;
        long scheduled = MetaRecords.Read(_backend, MetaRecords.ScheduledCompaction) ?? -1;
        var index = new KeyIndex();
        var writer = new StoreWriter(_backend, index, _leases, _changes);
        var compactor = new Compactor(_backend, index, _options.CompactionBatchLimit);
        BackendView records = _backend.Pin();
        try
        {
            writer.Restore(new StoreLoader(index).Load(records, _leases, Math.Max(finished, scheduled)));
        }
        finally
        {
            records.Unpin();
        }
        _compactedRevision = Math.Max(finished, scheduled);
        if (scheduled > finished)
            compactor.Schedule(new CompactionJob(index, scheduled, finished, previousWasFinished: false));
        index.Publish(writer.CurrentRevision, _compactedRevision);
        compactor.Release();
        return (index, writer, compactor);
    }
}
