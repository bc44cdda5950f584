namespace Etcd.Bolt;

/// <summary>A bucket seen by a read transaction. Costs nothing to obtain and allocates nothing to read.</summary>
public readonly struct BoltBucket
{
    /// <summary>A counter for the bucket's owner; etcd leaves it at 0.</summary>
    public ulong Sequence => throw new NotImplementedException();

    /// <summary>Looks a key up.</summary>
    /// <param name="key">1 to 32 768 bytes.</param>
    /// <param name="value">Points into the memory map; valid while the transaction is open.</param>
    /// <returns>False if the key is missing or names a nested bucket.</returns>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>A nested bucket.</summary>
    /// <exception cref="BoltException">There is none of that name.</exception>
    public BoltBucket Bucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    public bool TryGetBucket(ReadOnlySpan<byte> name, out BoltBucket bucket) => throw new NotImplementedException();

    public BoltCursor Cursor() => throw new NotImplementedException();
}
