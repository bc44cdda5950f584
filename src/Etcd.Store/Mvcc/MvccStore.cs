using System.Buffers;
using Etcd.Protocol.Errors;
using Etcd.Store.Apply;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Watch;

namespace Etcd.Store.Mvcc;

/// <summary>etcd's multi-version key space: what Range, Put, DeleteRange, Txn, Compact and HashKV mean.</summary>
/// <remarks>One apply thread writes; any number of threads read without a lock shared with it. Nothing that was written is
/// visible to readers and watchers before <see cref="Publish"/>.</remarks>
public sealed class MvccStore : IDisposable
{
    /// <summary>Builds the key index from the database and attaches keys to their leases.</summary>
    public static MvccStore Open(BatchingBackend backend, ILeaseKeys leases, MvccOptions options) => throw new NotSupportedException();

    /// <summary>Revision of the last published write; 1 for an empty store.</summary>
    public long CurrentRevision => throw new NotSupportedException();

    /// <summary>Reads below this revision are refused; -1 before the first compaction.</summary>
    public long CompactedRevision => throw new NotSupportedException();

    public WatchHub Watches => throw new NotSupportedException();

    // ---- apply thread ----

    /// <summary>Revision of the last applied write, published or not: what the response header of a request shows that does
    /// not touch the key space (a lease grant, say) but was applied behind that write.</summary>
    public long AppliedRevision => throw new NotSupportedException();

    /// <param name="request">An encoded PutRequest that passed <see cref="RequestValidation.Put"/>.</param>
    public ApplyResult Put(ReadOnlyMemory<byte> request) => throw new NotSupportedException();

    /// <param name="request">An encoded DeleteRangeRequest that passed <see cref="RequestValidation.DeleteRange"/>.</param>
    public ApplyResult DeleteRange(ReadOnlyMemory<byte> request) => throw new NotSupportedException();

    /// <param name="request">An encoded TxnRequest that passed <see cref="RequestValidation.Txn"/>.</param>
    public ApplyResult Txn(ReadOnlyMemory<byte> request) => throw new NotSupportedException();

    /// <summary>A Range that went through the log.</summary>
    /// <param name="request">An encoded RangeRequest that passed <see cref="RequestValidation.Range"/>.</param>
    public ApplyResult ApplyRange(ReadOnlyMemory<byte> request) => throw new NotSupportedException();

    /// <summary>Hides everything below <paramref name="revision"/> and schedules its removal.</summary>
    /// <param name="revision">Last revision that stays readable.</param>
    /// <param name="removed">Completes when the data is gone from the database ("physical"); null if refused.</param>
    public ApplyResult Compact(long revision, out CompactionHandle? removed) => throw new NotSupportedException();

    /// <summary>Deletes the keys of a revoked lease in one revision. Missing keys are skipped.</summary>
    /// <param name="sortedKeys">In byte-wise order, no duplicates.</param>
    /// <returns>The revision of the deletion, or the current one if no key existed.</returns>
    public long DeleteKeys(IReadOnlyList<ReadOnlyMemory<byte>> sortedKeys) => throw new NotSupportedException();

    /// <summary>Makes everything applied so far visible to readers and hands events to watchers. Call it at the end of
    /// each batch of entries, before waking those who wait for their results.</summary>
    public void Publish() => throw new NotSupportedException();

    // ---- any thread ----

    /// <summary>Answers a RangeRequest from what is published.</summary>
    /// <param name="rangeRequest">Passed <see cref="RequestValidation.Range"/>.</param>
    /// <param name="reply">The answer, to be written out and disposed; null if refused.</param>
    public EtcdError? Range(ReadOnlySpan<byte> rangeRequest, out RangeReply? reply) => throw new NotSupportedException();

    /// <summary>Answers a TxnRequest without writes from one consistent view.</summary>
    /// <param name="txnRequest">Passed <see cref="RequestValidation.Txn"/> and has no put or delete.</param>
    /// <param name="body">Receives the TxnResponse fields behind the header.</param>
    /// <param name="revision">For the header.</param>
    public EtcdError? ReadOnlyTxn(ReadOnlySpan<byte> txnRequest, IBufferWriter<byte> body, out long revision) => throw new NotSupportedException();

    /// <summary>Maintenance.HashKV (spec disk §6.1, §6.2).</summary>
    /// <param name="revision">0 for the current one.</param>
    public EtcdError? HashKv(long revision, out KeyValueHash hash) => throw new NotSupportedException();

    /// <summary>Hashes remembered from compactions, newest first (at most 10).</summary>
    public IReadOnlyList<KeyValueHash> CompactionHashes => throw new NotSupportedException();

    /// <summary>One batch of a scheduled compaction: deletes up to 1000 records and commits. The owner pauses about 10 ms
    /// between batches so that other commits get their turn. One thread at a time.</summary>
    /// <returns>True if more is left to do.</returns>
    public bool CompactionStep() => throw new NotSupportedException();

    public void Dispose() => throw new NotSupportedException();
}

/// <summary>Options of a <see cref="MvccStore"/>.</summary>
public sealed record MvccOptions
{
    /// <summary>Records looked at per compaction batch (<c>--compaction-batch-limit</c>).</summary>
    public int CompactionBatchLimit { get; init; } = 1000;
}

/// <summary>A hash over the key space (HashKVResponse, fields 2 to 4).</summary>
/// <param name="Hash">CRC-32C.</param>
/// <param name="CompactRevision">Compacted revision when it was computed; -1 if never compacted.</param>
/// <param name="Revision">Revision up to which records were hashed.</param>
public readonly record struct KeyValueHash(uint Hash, long CompactRevision, long Revision);

/// <summary>Tells when a compaction has removed its data.</summary>
public sealed class CompactionHandle
{
    public bool IsFinished => throw new NotSupportedException();

    /// <summary>Calls back once, on the compacting thread, or at once if finished already.</summary>
    public void OnFinished(Action callback) => throw new NotSupportedException();
}
