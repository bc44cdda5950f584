namespace Etcd.Bolt;

/// <summary>The state of one commit, unchanged for as long as this is open.</summary>
/// <remarks>Thread-safe except for <see cref="Dispose"/>, which must come last. Spans handed out point into the memory map and
/// are valid until then. An open transaction keeps the pages it sees from being reused.</remarks>
public sealed class BoltReadTransaction : IDisposable
{
    /// <summary>Id of the commit that is seen.</summary>
    public ulong TransactionId => throw new NotImplementedException();

    /// <summary>Length of a copy of this state, in bytes.</summary>
    public long SizeBytes => throw new NotImplementedException();

    /// <summary>A top-level bucket.</summary>
    /// <exception cref="BoltException">There is none of that name.</exception>
    public BoltBucket Bucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    public bool TryGetBucket(ReadOnlySpan<byte> name, out BoltBucket bucket) => throw new NotImplementedException();

    /// <summary>A cursor over the names of the top-level buckets.</summary>
    public BoltCursor Cursor() => throw new NotImplementedException();

    /// <summary>Reads part of the database copy that is a snapshot of this state, as if it were a file of
    /// <see cref="SizeBytes"/> bytes. Lets a sender stream at its receiver's pace.</summary>
    /// <returns>Bytes read; less than the buffer only at the end.</returns>
    public int ReadCopy(long offset, Span<byte> buffer) => throw new NotImplementedException();

    /// <summary>Writes the whole copy, in chunks.</summary>
    public void CopyTo(Stream output) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
