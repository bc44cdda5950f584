using Etcd.Foundation;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Put and DeleteRange as requests mean them, inside a transaction or alone. Apply thread only.</summary>
/// <param name="writer">Makes the changes.</param>
/// <param name="index">For reads of the same request.</param>
/// <param name="records">Pinned by the caller for as long as this is used.</param>
/// <param name="compactedRevision">-1 before the first compaction.</param>
internal sealed class StoreOperations(StoreWriter writer, KeyIndex index, BackendView records, long compactedRevision)
{
    /// <summary>What the request sees now, its own changes included.</summary>
    public ReadView View => new(index.View, records, writer.ReadRevision, compactedRevision);

    /// <summary>Stores a pair that was checked before and writes the PutResponse, with a header only if it is a nested one.</summary>
    public void Put(in PutRequestFields put, ResponseBuffer output, bool nested)
    {
        const int PreviousField = 2;
        if (nested)
            output.WriteHeader(writer.NextRevision);
        ReadOnlySpan<byte> value = put.Value;
        long lease = put.Lease;
        if ((put.PreviousKeyValue || put.IgnoreValue || put.IgnoreLease) && writer.TryFind(put.Key, out KeyEntry entry))
        {
            ReadOnlySpan<byte> record = Record(entry.Mod);
            KeyValueFields previous = KeyValueFields.Parse(record);
            if (put.IgnoreValue)
                value = previous.Value;
            if (put.IgnoreLease)
                lease = previous.Lease;
            if (put.PreviousKeyValue)
                output.WriteMessage(PreviousField, record);
        }
        writer.Put(put.Key, value, lease);
    }

    /// <summary>Deletes the keys and writes the DeleteRangeResponse, with a header only if it is a nested one.</summary>
    public void DeleteRange(in DeleteRangeRequestFields delete, ResponseBuffer output, bool nested)
    {
        const int DeletedField = 2, PreviousField = 3;
        var range = new KeyRange(delete.Key, delete.RangeEnd);
        using var query = new RangeQuery();
        EtcdError? refusal = query.Find(View, new RangeRequestFields { Key = delete.Key, RangeEnd = delete.RangeEnd, CountOnly = !delete.PreviousKeyValues });
        Invariant.Holds(refusal is null, $"a range at the current revision was refused: {refusal?.Message}");
        if (nested)
            output.WriteHeader(query.Count > 0 ? writer.NextRevision : writer.ReadRevision);
        output.WriteNumber(DeletedField, query.Count);
        query.WriteKeyValues(records, keysOnly: false, PreviousField, output);
        Invariant.Holds(!query.IsRecordMissing, "a pair at the current revision has no record");
        long deleted = query.Count == 0 ? 0 : writer.DeleteRange(range);
        Invariant.Holds(deleted == query.Count, $"{deleted} keys were deleted where {query.Count} were counted");
    }

    private ReadOnlySpan<byte> Record(Revision revision)
    {
        bool found = records.TryGetRecord(revision, out ReadOnlySpan<byte> record);
        Invariant.Holds(found, $"revision {revision} of a key that exists has no record");
        return record;
    }
}
