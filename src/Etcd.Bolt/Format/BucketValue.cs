using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Etcd.Bolt.Pages;

namespace Etcd.Bolt.Format;

/// <summary>The value of a leaf element that is a bucket.</summary>
/// <remarks><code>
///  0          8          16
///  | root u64 | sequence |                              root is the page of the bucket's tree
///  | 0        | sequence | page header, elements, ... | inline: the image of one leaf page, as long as it needs to be
/// </code></remarks>
internal readonly unsafe struct BucketValue
{
    private readonly byte* _inline;
    private readonly int _inlineBytes;

    public BucketValue(PageId root, ulong sequence)
    {
        Root = root;
        Sequence = sequence;
    }

    private BucketValue(ulong sequence, byte* inline, int inlineBytes)
    {
        Sequence = sequence;
        _inline = inline;
        _inlineBytes = inlineBytes;
    }

    /// <summary>Page 0 means inline.</summary>
    public PageId Root { get; }

    public ulong Sequence { get; }

    public bool IsInline => Root.Number == 0;

    public static BucketValue Read(DatabaseView view, Element element)
    {
        byte* value = element.Data + element.KeyBytes;
        if (element.ValueBytes < PageFormat.BucketHeaderBytes)
            throw view.Corrupt(value, $"bucket header: expected {PageFormat.BucketHeaderBytes} bytes, found {element.ValueBytes}");
        var root = new PageId(Unsafe.ReadUnaligned<ulong>(value));
        ulong sequence = Unsafe.ReadUnaligned<ulong>(value + sizeof(ulong));
        return root.Number != 0
            ? new BucketValue(root, sequence)
            : new BucketValue(sequence, value + PageFormat.BucketHeaderBytes, element.ValueBytes - PageFormat.BucketHeaderBytes);
    }

    public TreePage RootPage(DatabaseView view) => IsInline ? view.InlinePage(_inline, _inlineBytes) : view.Page(Root);

    /// <summary>The value of a bucket that has pages of its own.</summary>
    public static ReadOnlySpan<byte> Write(Span<byte> target, PageId root, ulong sequence)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, root.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(target[sizeof(ulong)..], sequence);
        return target[..PageFormat.BucketHeaderBytes];
    }

    /// <summary>The value of an inline bucket.</summary>
    /// <param name="target">As long as the bucket header and the elements as one page need.</param>
    public static void WriteInline(Span<byte> target, ReadOnlySpan<Element> elements, ulong sequence)
    {
        Write(target, default, sequence);
        target = target[PageFormat.BucketHeaderBytes..];
        MemoryMarshal.Write(target, new PageHeader(0, PageFormat.LeafFlag, (ushort)elements.Length, 0));
        int at = PageFormat.HeaderBytes;
        int data = at + (elements.Length * PageFormat.ElementBytes);
        foreach (Element element in elements)
        {
            MemoryMarshal.Write(target[at..], PageElement.Leaf((uint)element.Link, (uint)(data - at), element.KeyBytes, element.ValueBytes));
            element.Key.CopyTo(target[data..]);
            element.Value.CopyTo(target[(data + element.KeyBytes)..]);
            at += PageFormat.ElementBytes;
            data += element.KeyBytes + element.ValueBytes;
        }
    }
}
