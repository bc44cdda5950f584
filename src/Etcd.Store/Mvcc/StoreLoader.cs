using Etcd.Protocol.Wire;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Rebuilds the key index from the records of the database, in revision order (spec disk §5.2).</summary>
internal sealed class StoreLoader(KeyIndex index)
{
    private readonly Dictionary<ReadOnlyMemory<byte>, long> _leaseOfKey = new(ByteComparer.Instance);
    private long _lastMain = 1;

    /// <returns>The store's revision: that of the last record, or of the last compaction if it is higher.</returns>
    public long Load(BackendView records, ILeaseKeys leases, long compactedRevision)
    {
        RecordCursor cursor = records.Scan(new Revision(1, 0));
        while (cursor.MoveNext())
            Add(cursor.Revision, cursor.IsTombstone, KeyValueFields.Parse(cursor.Value));
        AttachLeases(leases);
        return Math.Max(_lastMain, compactedRevision);
    }

    private void Add(Revision revision, bool tombstone, in KeyValueFields fields)
    {
        _lastMain = revision.Main;
        bool known = index.Seek(fields.Key, out KeyEntry entry);
        NoteLease(fields.Key, known && entry.HasLease, tombstone ? 0 : fields.Lease);
        if (tombstone && known && entry.IsTombstone)
            return; // Compat: a second deletion in a row is not listed, so the next compaction removes its record.
        if (known)
            index.PushHistory(ref entry);
        bool continues = known && !entry.IsTombstone;
        // Of a key whose first records were compacted away, the record tells; etcd then counts on by itself.
        entry.CreateMain = tombstone ? 0 : continues ? entry.CreateMain : known ? revision.Main : fields.CreateRevision;
        entry.Version = tombstone ? 0 : continues ? entry.Version + 1 : known ? 1 : fields.Version;
        entry.ModMain = revision.Main;
        entry.ModSub = revision.Sub;
        entry.IsTombstone = tombstone;
        entry.HasLease = !tombstone && fields.Lease != 0;
        index.Write(fields.Key, entry);
    }

    private void NoteLease(ReadOnlySpan<byte> key, bool hadLease, long lease)
    {
        if (lease != 0)
            _leaseOfKey[key.ToArray()] = lease;
        else if (hadLease)
            _leaseOfKey.Remove(key.ToArray());
    }

    private void AttachLeases(ILeaseKeys leases)
    {
        KeyValuePair<ReadOnlyMemory<byte>, long>[] attachments = [.. _leaseOfKey];
        Array.Sort(attachments, static (x, y) => ByteComparer.Instance.Compare(x.Key, y.Key));
        foreach ((ReadOnlyMemory<byte> key, long lease) in attachments)
        {
            if (leases.Exists(lease))
                leases.Attach(lease, key);
        }
    }
}
