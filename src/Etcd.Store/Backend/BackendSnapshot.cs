namespace Etcd.Store.Backend;

/// <summary>The bytes of the database at one moment, readable while writes go on. Single reader.</summary>
public sealed class BackendSnapshot : IDisposable
{
    /// <summary>Bytes of the whole copy, known from the start.</summary>
    public long Length => throw new NotSupportedException();

    /// <summary>Raft index whose effects, and all before it, are in the copy.</summary>
    public ulong ConsistentIndex => throw new NotSupportedException();

    /// <summary>Copies the next bytes.</summary>
    /// <returns>Bytes copied; 0 at the end.</returns>
    public int Read(Span<byte> buffer) => throw new NotSupportedException();

    public void Dispose() => throw new NotSupportedException();
}
