using System.Runtime.InteropServices;
using Etcd.Foundation;
using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc.Index;

/// <summary>The older revisions of one key, ascending; the newest is in its <see cref="KeyEntry"/>.</summary>
/// <remarks>Generations are not stored apart: a deletion ends one.
/// <para>The writer appends in place while readers search. A reader only looks here for a revision below the newest one of the
/// entry that it saw, and everything appended after that entry was published is at least that newest one. Unused items are
/// <see cref="long.MaxValue"/>, and an item that is half written still reads as something between the two values, because
/// all low bytes of the unused value are set. So a search never stops at an item that it should not see.</para></remarks>
internal sealed class KeyHistory
{
    private Past[] _items;

    /// <param name="capacity">Items to make room for, at least 1.</param>
    public KeyHistory(int capacity)
    {
        _items = new Past[capacity];
        _items.AsSpan().Fill(Past.Unused);
    }

    private KeyHistory(ReadOnlySpan<Past> items) => _items = items.ToArray();

    public int Count => CountUpTo(long.MaxValue);

    /// <summary>Bytes on the heap, about.</summary>
    public int HeapBytes => 48 + (_items.Length * Past.Bytes);

    public (Revision Revision, bool IsTombstone) this[int index] => (_items[index].Revision, _items[index].IsTombstone);

    /// <summary>Writer: adds a revision that is larger than all others.</summary>
    public void Append(Revision revision, bool tombstone)
    {
        int count = Count;
        if (count == _items.Length)
        {
            var larger = new Past[count < 4 ? count + 1 : count * 2];
            _items.CopyTo(larger, 0);
            larger.AsSpan(count).Fill(Past.Unused);
            larger[count] = new Past(revision, tombstone);
            Volatile.Write(ref _items, larger);
            return;
        }
        Invariant.Holds(count == 0 || _items[count - 1].Main <= revision.Main, $"revision {revision} is not the newest of its key");
        _items[count] = new Past(revision, tombstone);
    }

    /// <summary>Any thread: the newest revision whose main part is at most <paramref name="atMain"/>.</summary>
    /// <returns>False if all are newer.</returns>
    public bool TryFind(long atMain, out Revision revision, out bool tombstone)
    {
        Past[] items = Volatile.Read(ref _items);
        int found = Search(items, atMain);
        revision = found < 0 ? default : items[found].Revision;
        tombstone = found >= 0 && items[found].IsTombstone;
        return found >= 0;
    }

    /// <summary>Writer: revisions whose main part is at most <paramref name="main"/>.</summary>
    public int CountUpTo(long main) => Search(_items, Math.Min(main, long.MaxValue - 1)) + 1;

    /// <summary>Writer: the history without the first <paramref name="dropped"/> revisions; null if nothing is left.</summary>
    public KeyHistory? Without(int dropped)
    {
        int count = Count;
        return dropped >= count ? null : new KeyHistory(_items.AsSpan(dropped, count - dropped));
    }

    private static int Search(Past[] items, long atMain)
    {
        int low = 0;
        int high = items.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (items[middle].Main <= atMain)
                low = middle + 1;
            else
                high = middle;
        }
        return low - 1;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    private readonly struct Past(Revision revision, bool tombstone)
    {
        public const int Bytes = 12;
        public static readonly Past Unused = new(new Revision(long.MaxValue, 0), tombstone: false);
        private const uint TombstoneBit = 1u << 31;
        public readonly long Main = revision.Main;
        private readonly uint _subAndBit = (uint)revision.Sub | (tombstone ? TombstoneBit : 0);

        public Revision Revision => new(Main, (int)(_subAndBit & ~TombstoneBit));

        public bool IsTombstone => (_subAndBit & TombstoneBit) != 0;
    }
}
