using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>A run of entries in one array whose slices may be kept by anybody for ever.</summary>
/// <remarks><code>
///   _array   | dropped | live entries | free |
///            0      _start      _start+Count
/// </code>
/// A place in the array is written once: appending fills free places, everything that would overwrite moves to a new
/// array. So a slice that was handed to another thread needs no copy.</remarks>
internal sealed class EntryBuffer
{
    // Small enough to stay out of the large-object heap, large enough that single entries do not allocate each time.
    private const int MinCapacity = 128;

    private Entry[] _array = [];
    private int _start;

    public int Count { get; private set; }

    public ref readonly Entry this[int position] => ref Span[position];

    public ReadOnlySpan<Entry> Span => _array.AsSpan(_start, Count);

    public ArraySegment<Entry> Slice(int position, int count) => new ArraySegment<Entry>(_array, _start, Count).Slice(position, count);

    /// <summary>Adds places for <paramref name="count"/> entries, which the caller fills before anything else happens.</summary>
    public Span<Entry> Extend(int count)
    {
        if (_array.Length - _start - Count < count)
            MoveTo(Math.Max(MinCapacity, Math.Max(Count + count, Count * 2)), 0);
        Count += count;
        return _array.AsSpan(_start + Count - count, count);
    }

    public void Append(ReadOnlySpan<Entry> entries) => entries.CopyTo(Extend(entries.Length));

    /// <summary>Forgets the first entries but keeps the array, whose free places are used on.</summary>
    public void DropFirst(int count)
    {
        _start += count;
        Count -= count;
    }

    /// <summary>Forgets the first entries and lets the garbage collector have their payloads.</summary>
    /// <remarks>Keeps as much room as there was: a log grows back to its old length before it is compacted again.</remarks>
    public void ReleaseFirst(int count) => MoveTo(Math.Max(MinCapacity, Count), count);

    /// <summary>Keeps the first entries only. The places behind them may be in somebody's hands, hence a new array.</summary>
    public void Truncate(int count)
    {
        if (count == Count)
            return;
        Count = count;
        MoveTo(count, 0);
    }

    private void MoveTo(int capacity, int skip)
    {
        var array = new Entry[capacity];
        Span[skip..].CopyTo(array);
        Count -= skip;
        (_array, _start) = (array, 0);
    }
}
