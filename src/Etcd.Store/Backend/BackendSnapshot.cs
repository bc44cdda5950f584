using System.Buffers.Binary;
using Etcd.Bolt;

namespace Etcd.Store.Backend;

/// <summary>The bytes of the database at one moment, readable while writes go on. Single reader.</summary>
/// <remarks>Pages that it sees are not reused until it is disposed, so the file grows under a slow receiver.</remarks>
public sealed class BackendSnapshot : IDisposable
{
    private readonly BoltReadTransaction _transaction;
    private long _position;

    internal BackendSnapshot(BoltReadTransaction transaction)
    {
        _transaction = transaction;
        Length = transaction.SizeBytes;
        if (transaction.Bucket(BucketNames.Of(Bucket.Meta)).TryGet(BucketNames.ConsistentIndex, out ReadOnlySpan<byte> index))
            ConsistentIndex = BinaryPrimitives.ReadUInt64BigEndian(index);
    }

    /// <summary>Bytes of the whole copy, known from the start.</summary>
    public long Length { get; }

    /// <summary>Raft index whose effects, and all before it, are in the copy.</summary>
    public ulong ConsistentIndex { get; }

    /// <summary>Copies the next bytes.</summary>
    /// <returns>Bytes copied; 0 at the end.</returns>
    public int Read(Span<byte> buffer)
    {
        int read = _transaction.ReadCopy(_position, buffer);
        _position += read;
        return read;
    }

    public void Dispose() => _transaction.Dispose();
}
