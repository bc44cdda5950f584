using System.Runtime.CompilerServices;
using Etcd.Bolt.Pages;

namespace Etcd.Bolt.Format;

/// <summary>A branch or leaf page in the memory map (or the image of one inside a bucket's value), whose header was checked.</summary>
/// <remarks>Bounds argument: <c>_start</c> to <c>_start + _bytes</c> is readable, and the header and all <see cref="Count"/>
/// elements lie inside (checked by <see cref="DatabaseView"/>). Keys and values are checked against the same end every time
/// they are touched, because nothing but the bytes themselves says where they are. The file cannot shrink under us: we hold
/// its lock.</remarks>
internal readonly unsafe struct TreePage
{
    private readonly byte* _start;
    private readonly long _bytes;
    private readonly DatabaseView _view;

    public TreePage(DatabaseView view, byte* start, long bytes, PageHeader header)
    {
        _view = view;
        _start = start;
        _bytes = bytes;
        Count = header.Count;
        IsLeaf = header.Flags == PageFormat.LeafFlag;
        Overflow = header.Overflow;
    }

    public int Count { get; }

    public bool IsLeaf { get; }

    public uint Overflow { get; }

    /// <summary>Reads an element.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1; not checked here, callers count.</param>
    public Element this[int index]
    {
        get
        {
            byte* at = ElementAt(index);
            PageElement element = Unsafe.ReadUnaligned<PageElement>(at);
            if (!IsLeaf)
                return new Element(KeyAt(at, element.Word0, element.Word1), (int)element.Word1, 0, element.Child);
            byte* key = KeyAt(at, element.Word1, element.Word2);
            if (element.Word3 > PageFormat.MaxValueBytes || key + element.Word2 + element.Word3 > _start + _bytes)
                throw _view.Corrupt(at, $"value of element {index} ends outside its page: {element.Word3} bytes");
            if (element.Word0 > PageFormat.BucketFlag)
                throw _view.Corrupt(at, $"leaf element {index} has unknown flags: expected 0 or 1, found {element.Word0}");
            return new Element(key, (int)element.Word2, (int)element.Word3, element.Word0);
        }
    }

    /// <summary>Index of the first element whose key is not smaller.</summary>
    public int Find(in SearchKey key, out bool isFound) => Find(key, default, out isFound);

    /// <summary>As <see cref="Find(in SearchKey, out bool)"/>, beginning where <paramref name="bounds"/> suggests.</summary>
    public int Find(in SearchKey key, KeyBounds bounds, out bool isFound)
    {
        int low = 0, high = Count;
        isFound = false;
        int probe = high == 0 ? 0 : Math.Min(bounds.Guess(key, high), high - 1);
        int step = 1;
        while (low < high)
        {
            byte* at = ElementAt(probe);
            (uint position, uint keyBytes) = KeyPlace(at);
            int order = key.CompareTo(KeyAt(at, position, keyBytes), (int)keyBytes);
            if (order == 0)
            {
                isFound = true;
                return probe;
            }
            if (order < 0)
                high = probe;
            else
                low = probe + 1;
            // Near a good guess the key is a few elements away: take doubling steps, but never more than half of what is left.
            int middle = (low + high) >>> 1;
            probe = order < 0 ? Math.Max(middle, high - step) : Math.Min(middle, low + step - 1);
            step *= 2;
        }
        return low;
    }

    /// <summary>Index of the child that holds the key if any does: the last one that does not begin behind it.</summary>
    public int FindChild(in SearchKey key) => FindChild(key, default);

    /// <inheritdoc cref="FindChild(in SearchKey)"/>
    public int FindChild(in SearchKey key, KeyBounds bounds)
    {
        int index = Find(key, bounds, out bool isFound);
        return isFound || index == 0 ? index : index - 1;
    }

    /// <summary>Branch: what it says about the keys of a child. Nothing about the last one, which may still grow.</summary>
    public KeyBounds BoundsOf(int child) =>
        child + 1 < Count ? new KeyBounds(new SearchKey(this[child].Key).Prefix, new SearchKey(this[child + 1].Key).Prefix) : default;

    /// <summary>Whether a leaf element is a bucket, without looking at its key and value.</summary>
    public bool IsBucketAt(int index) => (Unsafe.ReadUnaligned<PageElement>(ElementAt(index)).Word0 & PageFormat.BucketFlag) != 0;

    /// <summary>Checks that keys ascend strictly.</summary>
    public void RequireOrder()
    {
        for (int i = 1; i < Count; i++)
        {
            if (this[i - 1].Key.SequenceCompareTo(this[i].Key) >= 0)
                throw Corrupt($"keys of elements {i - 1} and {i} are not in ascending order");
        }
    }

    public Foundation.CorruptException Corrupt(string reason) => _view.Corrupt(_start, reason);

    private (uint Position, uint KeyBytes) KeyPlace(byte* at)
    {
        PageElement element = Unsafe.ReadUnaligned<PageElement>(at);
        return IsLeaf ? (element.Word1, element.Word2) : (element.Word0, element.Word1);
    }

    private byte* ElementAt(int index) => _start + PageFormat.HeaderBytes + ((long)index * PageFormat.ElementBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte* KeyAt(byte* element, uint position, uint keyBytes)
    {
        // Both words are 32 bits wide, so the sum cannot wrap round a 64-bit pointer.
        byte* key = element + position;
        if (keyBytes > PageFormat.MaxKeyBytes || key + keyBytes > _start + _bytes)
            throw _view.Corrupt(element, $"key lies outside its page: position {position}, {keyBytes} bytes");
        return key;
    }
}
