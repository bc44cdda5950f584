using Etcd.Foundation;

namespace Etcd.Raft;

/// <summary>App messages on their way to one follower: a window with a limit on messages and on payload bytes.</summary>
/// <remarks>A ring; it grows up to the limit only as far as it is used, since most followers keep up.</remarks>
internal sealed class Inflights(int maxMessages, ulong maxBytes)
{
    private (ulong LastIndex, ulong Bytes)[] _ring = [];
    private int _start;
    private ulong _bytes;

    public int Count { get; private set; }

    public bool IsFull => Count == maxMessages || (maxBytes != 0 && _bytes >= maxBytes);

    /// <summary>A message was sent. Last indexes must grow.</summary>
    public void Add(ulong lastIndex, ulong bytes)
    {
        Invariant.Holds(!IsFull, "cannot add into a Full inflights");
        if (Count == _ring.Length)
            Grow();
        _ring[(_start + Count) % _ring.Length] = (lastIndex, bytes);
        Count++;
        _bytes += bytes;
    }

    /// <summary>Everything up to <paramref name="index"/> arrived.</summary>
    public void FreeUpTo(ulong index)
    {
        while (Count > 0 && _ring[_start].LastIndex <= index)
        {
            _bytes -= _ring[_start].Bytes;
            _start = (_start + 1) % _ring.Length;
            Count--;
        }
    }

    public void Reset() => (_start, Count, _bytes) = (0, 0, 0);

    private void Grow()
    {
        var ring = new (ulong, ulong)[Math.Min(maxMessages, Math.Max(4, _ring.Length * 2))];
        for (int i = 0; i < Count; i++)
            ring[i] = _ring[(_start + i) % _ring.Length];
        (_ring, _start) = (ring, 0);
    }
}
