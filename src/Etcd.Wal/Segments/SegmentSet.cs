namespace Etcd.Wal.Segments;

/// <summary>The open segments of one log, oldest first.</summary>
internal sealed class SegmentSet : IDisposable
{
    private readonly List<Segment> _segments = [];

    public IReadOnlyList<Segment> Items => _segments;

    public Segment Tail => _segments[^1];

    public void Add(Segment segment) => _segments.Add(segment);

    /// <summary>Closes, and so unlocks, the segments that nobody needs to start from a snapshot at <paramref name="index"/>.</summary>
    /// <remarks>Kept: the predecessor of the first segment whose name says <paramref name="index"/> or more, and all behind it; if
    /// there is no such segment, only the tail.</remarks>
    public void ReleaseTo(ulong index)
    {
        int firstBehind = _segments.FindIndex(segment => segment.Name.FirstIndex >= index);
        int release = (firstBehind < 0 ? _segments.Count : firstBehind) - 1;
        for (int i = 0; i < release; i++)
            _segments[i].Dispose();
        if (release > 0)
            _segments.RemoveRange(0, release);
    }

    public void Dispose()
    {
        foreach (Segment segment in _segments)
            segment.Dispose();
        _segments.Clear();
    }
}
