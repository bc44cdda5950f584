namespace Etcd.Store.Auth;

/// <summary>A union of half-open key ranges, merged: sorted, disjoint, not touching. Immutable.</summary>
internal sealed class KeyRanges
{
    // Begins ascend. _ends[i] is null for "no end", which only the last can have.
    private readonly byte[][] _begins;
    private readonly byte[]?[] _ends;

    /// <param name="ranges">In any order. An empty end means a range of this one key, a lone zero byte means no end. Ranges
    /// that hold no key are left out.</param>
    public KeyRanges(IEnumerable<(byte[] Key, byte[] RangeEnd)> ranges)
    {
        List<byte[]> begins = [];
        List<byte[]?> ends = [];
        foreach ((byte[] key, byte[]? end) in Sorted(ranges))
        {
            if (begins.Count > 0 && (ends[^1] is null || key.AsSpan().SequenceCompareTo(ends[^1]) <= 0))
                ends[^1] = Later(ends[^1], end);
            else
            {
                begins.Add(key);
                ends.Add(end);
            }
        }
        _begins = [.. begins];
        _ends = [.. ends];
    }

    public bool Contains(ReadOnlySpan<byte> key) => Find(key) >= 0;

    /// <summary>Whether one merged range holds the whole request. A request that is empty (its end is not above its key)
    /// needs only its key.</summary>
    /// <param name="rangeEnd">Empty: the key alone; a lone zero byte: no end.</param>
    public bool Contains(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        int range = Find(key);
        if (range < 0)
            return false;
        if (rangeEnd.IsEmpty || _ends[range] is not { } end)
            return true;
        return !IsOpen(rangeEnd) && rangeEnd.SequenceCompareTo(end) <= 0;
    }

    private int Find(ReadOnlySpan<byte> key)
    {
        if (key.IsEmpty)
            return -1; // No key is empty; etcd orders the empty key behind all others.
        int low = 0;
        int high = _begins.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (key.SequenceCompareTo(_begins[middle]) < 0)
                high = middle - 1;
            else
                low = middle + 1;
        }
        return high >= 0 && (_ends[high] is not { } end || key.SequenceCompareTo(end) < 0) ? high : -1;
    }

    private static List<(byte[] Key, byte[]? End)> Sorted(IEnumerable<(byte[] Key, byte[] RangeEnd)> ranges)
    {
        List<(byte[] Key, byte[]? End)> sorted = [];
        foreach ((byte[] key, byte[] rangeEnd) in ranges)
        {
            byte[]? end = rangeEnd.Length == 0 ? [.. key, 0] : IsOpen(rangeEnd) ? null : rangeEnd;
            if (key.Length > 0 && (end is null || key.AsSpan().SequenceCompareTo(end) < 0))
                sorted.Add((key, end));
        }
        sorted.Sort(static (left, right) => left.Key.AsSpan().SequenceCompareTo(right.Key));
        return sorted;
    }

    private static byte[]? Later(byte[]? left, byte[]? right) =>
        left is null || right is null ? null : left.AsSpan().SequenceCompareTo(right) >= 0 ? left : right;

    private static bool IsOpen(ReadOnlySpan<byte> rangeEnd) => rangeEnd.Length == 1 && rangeEnd[0] == 0;
}
