namespace Etcd.Bolt;

/// <summary>The one transaction that changes the database. Sees its own changes.</summary>
/// <remarks>Used by one thread at a time. After an exception of <see cref="Commit"/> the transaction is over and the
/// database is as before it.</remarks>
public sealed class BoltWriteTransaction : IDisposable
{
    /// <summary>Id that the commit will have.</summary>
    public ulong TransactionId => throw new NotImplementedException();

    /// <exception cref="BoltException">There is none of that name.</exception>
    public BoltWriteBucket Bucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    public bool TryGetBucket(ReadOnlySpan<byte> name, out BoltWriteBucket bucket) => throw new NotImplementedException();

    /// <exception cref="BoltException">It exists already, or the name is empty or too long.</exception>
    public BoltWriteBucket CreateBucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    public BoltWriteBucket CreateBucketIfMissing(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>Deletes a bucket with all it holds.</summary>
    /// <exception cref="BoltException">There is none of that name.</exception>
    public void DeleteBucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <summary>A cursor over the names of the top-level buckets.</summary>
    public BoltCursor Cursor() => throw new NotImplementedException();

    /// <summary>Makes all changes durable and visible.</summary>
    /// <exception cref="IOException">The disk refused. If it was full while data was written, the database goes on from its
    /// old state; if a sync failed it refuses every later write transaction.</exception>
    public BoltCommitTimes Commit() => throw new NotImplementedException();

    /// <summary>Forgets all changes. Does nothing if the transaction is over.</summary>
    public void Rollback() => throw new NotImplementedException();

    /// <summary>As <see cref="Rollback"/>.</summary>
    public void Dispose() => throw new NotImplementedException();
}
