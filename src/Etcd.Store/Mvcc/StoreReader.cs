using System.Buffers;
using Etcd.Foundation;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Reads what is published, on the caller's thread.</summary>
/// <remarks>Index and records are pinned one after the other, so a compaction may have removed a record by the time it is looked up.
/// Then the read is repeated on the newer state, where the answer is either another record or "compacted".</remarks>
internal readonly struct StoreReader(MvccStore store)
{
    private const int MaxAttempts = 100;

    public EtcdError? Range(in RangeRequestFields request, out RangeReply? reply)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            using var query = new RangeQuery();
            EtcdError? refusal = Find(query, request, counts: true, out BackendView records, out long revision);
            try
            {
                reply = null;
                if (refusal is not null)
                    return refusal;
                var body = new ChunkedBuffer();
                query.WriteBody(records, request.KeysOnly, body);
                if (!query.IsRecordMissing)
                {
                    reply = new RangeReply(body, revision, query.Count, query.More);
                    return null;
                }
                body.Dispose();
            }
            finally
            {
                records.Unpin();
            }
        }
        throw GaveUp();
    }

    /// <summary>One chunk of a RangeStream: key-value pairs alone.</summary>
    /// <param name="request">Its limit bounds the chunk.</param>
    /// <param name="counts">Whether <paramref name="count"/> is wanted.</param>
    /// <param name="lastKey">Key of the last pair in the chunk; empty if there is none.</param>
    public EtcdError? RangeChunk(in RangeRequestFields request, bool counts, out ChunkedBuffer body, out int pairs, out long count, out long revision, out byte[] lastKey)
    {
        const int KeyValuesField = 2;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            using var query = new RangeQuery();
            EtcdError? refusal = Find(query, request, counts, out BackendView records, out revision);
            body = new ChunkedBuffer();
            try
            {
                (pairs, count, lastKey) = (query.Found, query.Count, []);
                if (refusal is not null)
                    return refusal;
                query.WriteKeyValues(records, request.KeysOnly, KeyValuesField, body);
                if (!query.IsRecordMissing)
                {
                    lastKey = pairs > 0 ? query.LastKey(records) : [];
                    return null;
                }
                body.Dispose();
            }
            finally
            {
                records.Unpin();
            }
        }
        throw GaveUp();
    }

    public EtcdError? Txn(ReadOnlySpan<byte> request, IBufferWriter<byte> body, out long revision)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            IndexSnapshot snapshot = store.PinIndex();
            BackendView records = store.PinRecords();
            try
            {
                revision = snapshot.CurrentRevision;
                var runner = new TxnRunner(ViewOf(snapshot, records), leases: null, operations: null);
                EtcdError? refusal = runner.Prepare(request);
                if (refusal is not null && !runner.IsRecordMissing)
                    return refusal;
                if (runner.IsRecordMissing)
                    continue;
                var response = new ResponseBuffer();
                runner.Run(request, response);
                if (runner.IsRecordMissing)
                    continue;
                body.Write(response.Written);
                return null;
            }
            finally
            {
                snapshot.Unpin();
                records.Unpin();
            }
        }
        throw GaveUp();
    }

    public EtcdError? Hash(long revision, out KeyValueHash hash)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            IndexSnapshot snapshot = store.PinIndex();
            BackendView records = store.PinRecords();
            try
            {
                hash = default;
                long compacted = snapshot.CompactedRevision;
                if (revision > 0 && revision < compacted)
                    return EtcdError.Compacted;
                if (revision > snapshot.CurrentRevision)
                    return EtcdError.FutureRevision;
                // A snapshot of the database that began after the index was pinned has everything up to its revision. If a
                // compaction came in between, records that the hash needs may be gone.
                if (store.CompactedRevision == compacted)
                {
                    hash = Hash(ViewOf(snapshot, records), revision == 0 ? snapshot.CurrentRevision : revision);
                    return null;
                }
            }
            finally
            {
                snapshot.Unpin();
                records.Unpin();
            }
        }
        throw GaveUp();
    }

    private static ReadView ViewOf(IndexSnapshot snapshot, BackendView records) =>
        new(snapshot.View, records, snapshot.CurrentRevision, snapshot.CompactedRevision);

    private static KeyValueHash Hash(in ReadView view, long revision)
    {
        var hasher = new KeyValueHasher(view.CompactedRevision, revision, KeepRule.KeepsAny(view.Index, revision, forHash: true));
        Span<byte> key = stackalloc byte[RevisionKey.TombstoneBytes];
        RecordCursor cursor = view.Records.Scan(default);
        while (cursor.MoveNext() && cursor.Revision.Main <= revision)
        {
            bool kept = hasher.NeedsKeep(cursor.Revision)
                && KeepRule.KeepsForHash(view.Index, KeyValueFields.Parse(cursor.Value).Key, cursor.Revision, revision);
            hasher.Add(cursor.Revision, cursor.IsTombstone, kept, RevisionKey.Write(key, cursor.Revision, cursor.IsTombstone), cursor.Value);
        }
        return hasher.Result;
    }

    // The index is only pinned while it is looked at; the records stay pinned for the caller to copy and unpin.
    private EtcdError? Find(RangeQuery query, in RangeRequestFields request, bool counts, out BackendView records, out long revision)
    {
        IndexSnapshot snapshot = store.PinIndex();
        records = store.PinRecords();
        try
        {
            revision = snapshot.CurrentRevision;
            return query.Find(ViewOf(snapshot, records), request, counts);
        }
        finally
        {
            snapshot.Unpin();
        }
    }

    private static InvariantException GaveUp() =>
        new($"a record that the index lists was missing in {MaxAttempts} attempts");
}
