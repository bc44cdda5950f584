using Etcd.Bolt.Format;

namespace Etcd.Bolt.Pages;

/// <summary>Pages that a commit will write as one: a tree page with its overflow, or a stored free list.</summary>
/// <remarks>The elements lie in the arena of the write transaction and stay there until it ends.</remarks>
internal readonly unsafe struct PageImage
{
    /// <summary>A tree page made of a slice of a node.</summary>
    public PageImage(PageId first, long pages, Element* elements, int count, bool isLeaf)
    {
        First = first;
        Pages = pages;
        Elements = elements;
        Count = count;
        IsLeaf = isLeaf;
    }

    /// <summary>Finished bytes.</summary>
    public PageImage(PageId first, long pages, byte* raw)
    {
        First = first;
        Pages = pages;
        Raw = raw;
    }

    public PageId First { get; }

    public long Pages { get; }

    public Element* Elements { get; }

    public int Count { get; }

    public bool IsLeaf { get; }

    /// <summary>Null for a tree page.</summary>
    public byte* Raw { get; }
}
