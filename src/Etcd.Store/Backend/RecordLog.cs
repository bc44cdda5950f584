namespace Etcd.Store.Backend;

/// <summary>Records of bucket <c>key</c> that wait for their commit, in revision order.</summary>
/// <remarks>One thread appends, any number search what was appended before they looked. Nothing ever moves.</remarks>
internal sealed class RecordLog
{
    private const int SegmentShift = 9;
    private const int SegmentRecords = 1 << SegmentShift;
    private Record[][] _segments = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public ref readonly Record this[int index] => ref _segments[index >> SegmentShift][index & (SegmentRecords - 1)];

    /// <summary>Adds a record that comes after all others.</summary>
    public void Append(in Record record)
    {
        int count = _count;
        if (count == _segments.Length * SegmentRecords)
            Volatile.Write(ref _segments, [.. _segments, new Record[SegmentRecords]]);
        _segments[count >> SegmentShift][count & (SegmentRecords - 1)] = record;
        Volatile.Write(ref _count, count + 1); // Only now may readers look at it.
    }

    /// <summary>Index of the first record whose revision is not below <paramref name="revision"/>; the count if there is none.</summary>
    public int LowerBound(Revision revision)
    {
        int low = 0;
        int high = Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (this[middle].Revision.CompareTo(revision) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}

/// <summary>One record of bucket <c>key</c>.</summary>
/// <param name="Revision">The record's key, together with <paramref name="IsTombstone"/>.</param>
/// <param name="IsTombstone">The record says that its user key was deleted.</param>
/// <param name="Value">Encoded mvccpb.KeyValue.</param>
internal readonly record struct Record(Revision Revision, bool IsTombstone, ReadOnlyMemory<byte> Value);
