using System.Buffers.Binary;
using Etcd.Bolt;
using Etcd.Protocol.Raft;

namespace Etcd.Store.Backend;

/// <summary>Writes pending batches into one database transaction.</summary>
internal static class CommitWriter
{
    /// <summary>As etcd sets it: records arrive in order, so pages may be nearly full.</summary>
    private const double RecordsFillPercent = 0.9;

    private static readonly Bucket[] s_buckets = Enum.GetValues<Bucket>();

    /// <returns>Puts and deletes made.</returns>
    public static int Write(BoltWriteTransaction transaction, PendingBatch[] batches)
    {
        int operations = 0;
        foreach (PendingBatch batch in batches)
        {
            WriteRecords(transaction, batch.Records);
            foreach (Bucket bucket in s_buckets)
                WriteChanges(transaction, bucket, batch);
            operations += batch.Operations;
        }
        return operations;
    }

    /// <summary>Writes what ties the transaction to the raft log.</summary>
    /// <param name="position">Its index is not written while it is 0, as in etcd.</param>
    /// <param name="confState">Null if it did not change.</param>
    public static void WritePosition(BoltWriteTransaction transaction, LogPosition position, ConfState? confState)
    {
        BoltWriteBucket meta = transaction.Bucket(BucketNames.Of(Bucket.Meta));
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        if (position.Index > 0)
        {
            BinaryPrimitives.WriteUInt64BigEndian(number, position.Index);
            meta.Put(BucketNames.ConsistentIndex, number);
        }
        if (position is { Index: > 0, Term: > 0 })
        {
            BinaryPrimitives.WriteUInt64BigEndian(number, position.Term);
            meta.Put(BucketNames.Term, number);
        }
        if (confState is not null)
            meta.Put(BucketNames.ConfState, ConfStateJson.Encode(confState));
    }

    private static void WriteRecords(BoltWriteTransaction transaction, RecordLog records)
    {
        if (records.Count == 0)
            return;
        BoltWriteBucket bucket = transaction.Bucket(BucketNames.Of(Bucket.Key));
        bucket.FillPercent = RecordsFillPercent;
        Span<byte> key = stackalloc byte[RevisionKey.TombstoneBytes];
        for (int i = 0; i < records.Count; i++)
        {
            ref readonly Record record = ref records[i];
            bucket.Put(RevisionKey.Write(key, record.Revision, record.IsTombstone), record.Value.Span);
        }
    }

    private static void WriteChanges(BoltWriteTransaction transaction, Bucket name, PendingBatch batch)
    {
        KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?>[] changes = batch.Changes(name);
        if (changes.Length == 0)
            return;
        BoltWriteBucket bucket = transaction.Bucket(BucketNames.Of(name));
        foreach ((ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value) in changes)
        {
            if (value is { } bytes)
                bucket.Put(key.Span, bytes.Span);
            else
                bucket.Delete(key.Span);
        }
    }
}

/// <summary>Up to where the raft log has been applied.</summary>
internal readonly record struct LogPosition(ulong Index, ulong Term);
