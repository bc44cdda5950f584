using Etcd.Bolt;
using Etcd.Foundation;

namespace Etcd.Store.Backend;

/// <summary>The hash of Maintenance.Hash: CRC-32C over every bucket's name, keys and values (spec disk §6.3).</summary>
internal static class BackendHash
{
    public static uint Compute(BoltReadTransaction transaction)
    {
        uint hash = 0;
        BoltCursor buckets = transaction.Cursor();
        for (bool more = buckets.First(); more; more = buckets.Next())
        {
            hash = Crc32C.Update(hash, buckets.Key);
            bool isMeta = buckets.Key.SequenceEqual(BucketNames.Of(Bucket.Meta));
            BoltCursor records = transaction.Bucket(buckets.Key).Cursor();
            for (bool found = records.First(); found; found = records.Next())
            {
                if (isMeta && DiffersBetweenMembers(records.Key))
                    continue;
                hash = Crc32C.Update(hash, records.Key);
                hash = Crc32C.Update(hash, records.Value);
            }
        }
        return hash;
    }

    private static bool DiffersBetweenMembers(ReadOnlySpan<byte> metaKey) =>
        metaKey.SequenceEqual(BucketNames.ConsistentIndex)
        || metaKey.SequenceEqual(BucketNames.Term)
        || metaKey.SequenceEqual(BucketNames.StorageVersion);
}
