namespace Etcd.Store.Backend;

/// <summary>Writes that will be committed together. The apply thread fills it; readers look into it at any time.</summary>
/// <remarks>Once sealed it never changes. Records of bucket <c>key</c> are many and arrive in order, so they are searched without
/// a lock; the other buckets are small and rarely read, so theirs share one.</remarks>
internal sealed class PendingBatch
{
    private readonly Lock _lock = new();
    // Null value: deleted. One dictionary per bucket, made on the first write.
    private readonly Dictionary<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?>?[] _changes =
        new Dictionary<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?>?[BucketNames.Count];

    public RecordLog Records { get; } = new();

    /// <summary>Puts and deletes so far.</summary>
    public int Operations { get; private set; }

    /// <summary>Bytes of the values so far.</summary>
    public long Bytes { get; private set; }

    public void AppendRecord(in Record record)
    {
        Records.Append(record);
        Operations++;
        Bytes += record.Value.Length;
    }

    /// <param name="value">Null deletes.</param>
    public void Change(Bucket bucket, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value)
    {
        lock (_lock)
        {
            var changes = _changes[(int)bucket] ??= new Dictionary<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?>(ByteComparer.Instance);
            changes[key] = value;
        }
        Operations++;
        Bytes += key.Length + (value?.Length ?? 0);
    }

    /// <returns>False if this batch does not touch the key.</returns>
    public bool TryGet(Bucket bucket, ReadOnlyMemory<byte> key, out ReadOnlyMemory<byte>? value)
    {
        lock (_lock)
        {
            value = null;
            return _changes[(int)bucket]?.TryGetValue(key, out value) ?? false;
        }
    }

    /// <summary>All changes of a small bucket in byte-wise key order.</summary>
    public KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?>[] Changes(Bucket bucket)
    {
        KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?>[] changes;
        lock (_lock)
            changes = _changes[(int)bucket] is { } some ? [.. some] : [];
        Array.Sort(changes, static (x, y) => ByteComparer.Instance.Compare(x.Key, y.Key));
        return changes;
    }
}
