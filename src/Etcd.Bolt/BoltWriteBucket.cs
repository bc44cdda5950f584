namespace Etcd.Bolt;

/// <summary>A bucket inside the write transaction.</summary>
public sealed class BoltWriteBucket
{
    /// <summary>A counter for the bucket's owner; etcd leaves it at 0.</summary>
    public ulong Sequence { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>How full pages become when nodes are split at commit, 0.1 to 1; 0.5 unless set. Not stored.</summary>
    public double FillPercent { get => throw new NotImplementedException(); set => throw new NotImplementedException(); }

    /// <summary>Looks a key up.</summary>
    /// <param name="value">Valid until the transaction ends, also if the key is changed.</param>
    /// <returns>False if the key is missing or names a nested bucket.</returns>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <summary>Stores a pair, replacing an older one. Both spans are copied.</summary>
    /// <exception cref="BoltException">Key or value has a length that is not allowed, or the key names a bucket.</exception>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    /// <returns>False if the key was missing.</returns>
    /// <exception cref="BoltException">The key names a bucket.</exception>
    public bool Delete(ReadOnlySpan<byte> key) => throw new NotImplementedException();

    /// <exception cref="BoltException">There is none of that name.</exception>
    public BoltWriteBucket Bucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    public bool TryGetBucket(ReadOnlySpan<byte> name, out BoltWriteBucket bucket) => throw new NotImplementedException();

    /// <exception cref="BoltException">It or a value of that name exists already, or the name is empty or too long.</exception>
    public BoltWriteBucket CreateBucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    public BoltWriteBucket CreateBucketIfMissing(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    /// <exception cref="BoltException">There is none of that name.</exception>
    public void DeleteBucket(ReadOnlySpan<byte> name) => throw new NotImplementedException();

    public BoltCursor Cursor() => throw new NotImplementedException();
}
