namespace Etcd.Store.Mvcc;

/// <summary>Which keys a request means by its <c>key</c> and <c>range_end</c> (spec api §3.2).</summary>
internal readonly ref struct KeyRange
{
    public KeyRange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        Key = key;
        IsSingle = rangeEnd.IsEmpty;
        HasEnd = !IsSingle && !IsFromKey(rangeEnd);
        End = HasEnd ? rangeEnd : default;
    }

    /// <summary>The key, or the first key of the range.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Exclusive; only if <see cref="HasEnd"/>.</summary>
    public ReadOnlySpan<byte> End { get; }

    /// <summary>One key, not a range.</summary>
    public bool IsSingle { get; }

    /// <summary>False for a range up to the last key there is.</summary>
    public bool HasEnd { get; }

    /// <summary>A <c>range_end</c> of one zero byte means: every key from <c>key</c> on.</summary>
    public static bool IsFromKey(ReadOnlySpan<byte> rangeEnd) => rangeEnd is [0];

    public bool Contains(ReadOnlySpan<byte> key)
    {
        if (IsSingle)
            return key.SequenceEqual(Key);
        return key.SequenceCompareTo(Key) >= 0 && (!HasEnd || key.SequenceCompareTo(End) < 0);
    }
}
