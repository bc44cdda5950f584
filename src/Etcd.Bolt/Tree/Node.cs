using Etcd.Bolt.Format;
using Etcd.Foundation;

namespace Etcd.Bolt.Tree;

/// <summary>A page that the write transaction has touched, or a part of the tree that has no page yet.</summary>
/// <remarks>Elements point into the memory map (unchanged ones) or the arena (new ones). A node may grow far beyond a page; it
/// is cut into pages at commit. If a node exists, so do all its ancestors.</remarks>
internal sealed unsafe class Node
{
    private const int FirstCapacity = 16;

    private readonly Arena _arena;
    private Element* _elements;
    private int _capacity;
    private Node?[]? _children; // Only once a child was touched; as long as the element array.
    private long _dataBytes;

    /// <summary>An empty node without a page.</summary>
    public Node(Arena arena, bool isLeaf)
    {
        _arena = arena;
        IsLeaf = isLeaf;
    }

    /// <summary>The content of a page, all of it checked.</summary>
    /// <param name="id">Page 0 if the page is inline.</param>
    public Node(Arena arena, in TreePage page, PageId id)
        : this(arena, page.IsLeaf)
    {
        Page = id;
        Overflow = page.Overflow;
        Reserve(page.Count);
        page.RequireOrder();
        for (int i = 0; i < page.Count; i++)
            _dataBytes += Store(i, page[i]);
        Count = page.Count;
    }

    /// <summary>Where it was read from; 0 if it has no page of its own. Given up when the node is written.</summary>
    public PageId Page { get; private set; }

    public uint Overflow { get; private set; }

    public bool IsLeaf { get; }

    public int Count { get; private set; }

    /// <summary>Something was deleted: it may have to be merged with a neighbour.</summary>
    public bool IsUnbalanced { get; set; }

    public Element* Elements => _elements;

    /// <summary>Size as one page, overflow not rounded up.</summary>
    public long SizeBytes => PageFormat.HeaderBytes + ((long)Count * PageFormat.ElementBytes) + _dataBytes;

    public ref readonly Element this[int index]
    {
        get
        {
            RequireIndex(index, Count);
            return ref _elements[index];
        }
    }

    /// <summary>The touched child at an index, or null if that child is as in the file. Only for branches.</summary>
    public Node? ChildAt(int index) => _children?[index];

    public void SetChild(int index, Node child) => (_children ??= new Node?[_capacity])[index] = child;

    /// <summary>Index of the first element whose key is not smaller.</summary>
    public int Find(in SearchKey key, out bool isFound)
    {
        int low = 0, high = Count;
        isFound = false;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int order = key.CompareTo(_elements[middle].Data, _elements[middle].KeyBytes);
            if (order == 0)
            {
                isFound = true;
                return middle;
            }
            if (order < 0)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    /// <summary>Index of the child that holds the key if any does.</summary>
    public int FindChild(in SearchKey key)
    {
        int index = Find(key, out bool isFound);
        return isFound || index == 0 ? index : index - 1;
    }

    public void Insert(int index, in Element element)
    {
        RequireIndex(index, Count + 1);
        Reserve(Count + 1);
        new Span<Element>(_elements + index, Count - index).CopyTo(new Span<Element>(_elements + index + 1, Count - index));
        if (_children is not null)
        {
            _children.AsSpan(index, Count - index).CopyTo(_children.AsSpan(index + 1));
            _children[index] = null;
        }
        _dataBytes += Store(index, element);
        Count++;
    }

    public void Replace(int index, in Element element)
    {
        RequireIndex(index, Count);
        _dataBytes -= _elements[index].SizeBytes - PageFormat.ElementBytes;
        _dataBytes += Store(index, element);
    }

    public void RemoveAt(int index)
    {
        RequireIndex(index, Count);
        _dataBytes -= _elements[index].SizeBytes - PageFormat.ElementBytes;
        Count--;
        new Span<Element>(_elements + index + 1, Count - index).CopyTo(new Span<Element>(_elements + index, Count - index));
        if (_children is not null)
        {
            _children.AsSpan(index + 1, Count - index).CopyTo(_children.AsSpan(index));
            _children[Count] = null;
        }
    }

    /// <summary>Takes over all elements (and touched children) of the right neighbour.</summary>
    public void Append(Node right)
    {
        Invariant.Holds(right.IsLeaf == IsLeaf, "a leaf and a branch cannot be merged");
        Reserve(Count + right.Count);
        new Span<Element>(right._elements, right.Count).CopyTo(new Span<Element>(_elements + Count, right.Count));
        if (right._children is not null)
            right._children.AsSpan(0, right.Count).CopyTo((_children ??= new Node?[_capacity]).AsSpan(Count));
        _dataBytes += right._dataBytes;
        Count += right.Count;
    }

    /// <summary>The page was given up.</summary>
    public void DropPage()
    {
        Page = default;
        Overflow = 0;
    }

    private long Store(int index, in Element element)
    {
        _elements[index] = element;
        return element.SizeBytes - PageFormat.ElementBytes;
    }

    private void Reserve(int count)
    {
        if (count <= _capacity)
            return;
        int capacity = Math.Max(Math.Max(count, FirstCapacity), _capacity * 2);
        // The old array is left in the arena: all together at most as much again.
        Element* elements = (Element*)_arena.Take((long)capacity * sizeof(Element));
        new Span<Element>(_elements, Count).CopyTo(new Span<Element>(elements, Count));
        _elements = elements;
        _capacity = capacity;
        if (_children is not null)
            Array.Resize(ref _children, capacity);
    }

    // One compare keeps a wrong index from reaching memory that is not ours.
    private static void RequireIndex(int index, int limit)
    {
        if ((uint)index >= (uint)limit)
            ThrowIndex(index, limit);
    }

    private static void ThrowIndex(int index, int limit) => throw new InvariantException($"element {index} of {limit}");
}
