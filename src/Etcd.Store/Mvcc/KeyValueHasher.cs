using Etcd.Foundation;
using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc;

/// <summary>A hash over the key space (HashKVResponse, fields 2 to 4).</summary>
/// <param name="Hash">CRC-32C.</param>
/// <param name="CompactRevision">Compacted revision when it was computed; -1 if never compacted.</param>
/// <param name="Revision">Revision up to which records were hashed.</param>
public readonly record struct KeyValueHash(uint Hash, long CompactRevision, long Revision);

/// <summary>Feeds records to the hash that members compare (spec disk §6.1).</summary>
/// <param name="compactRevision">Records up to here count only if they are kept.</param>
/// <param name="revision">Records above are left out.</param>
/// <param name="keepsAny">False if no record at all is kept: then, as in etcd, nothing is left out.</param>
internal struct KeyValueHasher(long compactRevision, long revision, bool keepsAny)
{
    private uint _crc = Crc32C.Compute(BucketNames.Of(Bucket.Key));

    public readonly KeyValueHash Result => new(_crc, compactRevision, revision);

    /// <summary>Whether it depends on the index if a record of this revision counts.</summary>
    public readonly bool NeedsKeep(Revision record) => keepsAny && record.Main <= compactRevision;

    /// <param name="record">Its revision.</param>
    /// <param name="tombstone">It is a deletion.</param>
    /// <param name="kept">A compaction keeps it; ignored unless <see cref="NeedsKeep"/>.</param>
    /// <param name="key">Its raw key.</param>
    /// <param name="value">Its raw value.</param>
    public void Add(Revision record, bool tombstone, bool kept, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (record.Main > revision || (NeedsKeep(record) && !kept))
            return;
        // Compat: older servers removed a tombstone at the compacted revision, newer ones keep it; nobody hashes it.
        if (tombstone && record.Main == compactRevision)
            return;
        _crc = Crc32C.Update(Crc32C.Update(_crc, key), value);
    }
}
