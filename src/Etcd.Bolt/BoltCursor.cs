namespace Etcd.Bolt;

/// <summary>Walks a bucket in byte-wise key order, nested buckets included.</summary>
/// <remarks>Not thread-safe. Spans are valid while the transaction is open. Over a bucket of the write transaction it sees
/// the changes made so far and may be moved on after further ones: it continues from its key.</remarks>
public sealed class BoltCursor
{
    /// <summary>Key at the position; empty before the first move and after the end.</summary>
    public ReadOnlySpan<byte> Key => throw new NotImplementedException();

    /// <summary>Value at the position; empty if <see cref="IsBucket"/>.</summary>
    public ReadOnlySpan<byte> Value => throw new NotImplementedException();

    /// <summary>The key at the position names a nested bucket.</summary>
    public bool IsBucket => throw new NotImplementedException();

    /// <summary>Moves to the smallest key.</summary>
    /// <returns>False if there is no key at all; likewise for the other moves.</returns>
    public bool First() => throw new NotImplementedException();

    public bool Last() => throw new NotImplementedException();

    public bool Next() => throw new NotImplementedException();

    public bool Previous() => throw new NotImplementedException();

    /// <summary>Moves to <paramref name="key"/> or, if it is missing, to the next larger one.</summary>
    public bool Seek(ReadOnlySpan<byte> key) => throw new NotImplementedException();
}
