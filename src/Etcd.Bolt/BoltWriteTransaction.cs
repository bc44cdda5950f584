using Etcd.Bolt.Format;
using Etcd.Bolt.Tree;

namespace Etcd.Bolt;

/// <summary>The one transaction that changes the database. Sees its own changes.</summary>
/// <remarks>Used by one thread at a time. After an exception of <see cref="Commit"/> the transaction is over and the
/// database is as before it.</remarks>
public sealed class BoltWriteTransaction : IDisposable
{
    private readonly BoltWriteBucket _root;
    private DatabaseWriter? _writer;

    internal BoltWriteTransaction(DatabaseWriter writer)
    {
        _writer = writer;
        TransactionId = writer.Plan.TransactionId;
        BucketValue root = writer.Plan.Base.RootBucket;
        _root = new BoltWriteBucket(this, new WriteTree(writer.Plan, writer.Arena, root), [], root.Sequence);
    }

    /// <summary>Id that the commit will have.</summary>
    public ulong TransactionId { get; }

    internal DatabaseWriter Writer => _writer ?? throw new BoltException(BoltError.TransactionClosed);

    /// <exception cref="BoltException">There is none of that name.</exception>
    public BoltWriteBucket Bucket(ReadOnlySpan<byte> name) => _root.Bucket(name);

    public bool TryGetBucket(ReadOnlySpan<byte> name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BoltWriteBucket? bucket) =>
        _root.TryGetBucket(name, out bucket);

    /// <exception cref="BoltException">It exists already, or the name is empty or too long.</exception>
    public BoltWriteBucket CreateBucket(ReadOnlySpan<byte> name) => _root.CreateBucket(name);

    public BoltWriteBucket CreateBucketIfMissing(ReadOnlySpan<byte> name) => _root.CreateBucketIfMissing(name);

    /// <inheritdoc cref="BoltWriteBucket.DeleteBucket"/>
    public void DeleteBucket(ReadOnlySpan<byte> name) => _root.DeleteBucket(name);

    /// <summary>A cursor over the names of the top-level buckets.</summary>
    public BoltCursor Cursor() => _root.Cursor();

    /// <summary>Makes all changes durable and visible.</summary>
    /// <exception cref="IOException">The disk refused. If it was full while data was written, the database goes on from its
    /// old state; if a sync failed it refuses every later write transaction.</exception>
    public BoltCommitTimes Commit()
    {
        DatabaseWriter writer = Writer;
        try
        {
            return writer.Commit(_root);
        }
        finally
        {
            _writer = null;
        }
    }

    /// <summary>Forgets all changes. Does nothing if the transaction is over.</summary>
    public void Rollback()
    {
        DatabaseWriter? writer = _writer;
        _writer = null;
        writer?.Rollback();
    }

    /// <summary>As <see cref="Rollback"/>.</summary>
    public void Dispose() => Rollback();
}
