using System.Runtime.InteropServices;

namespace Etcd.Bolt.Format;

/// <summary>Numbers of bbolt's file format.</summary>
internal static class PageFormat
{
    public const int HeaderBytes = 16;
    public const int ElementBytes = 16;
    public const int BucketHeaderBytes = 16;

    public const ushort BranchFlag = 0x01;
    public const ushort LeafFlag = 0x02;
    public const ushort MetaFlag = 0x04;
    public const ushort FreelistFlag = 0x10;

    /// <summary>In a leaf element: the value is a bucket.</summary>
    public const uint BucketFlag = 0x01;

    public const int MaxKeyBytes = 32_768;
    public const int MaxValueBytes = int.MaxValue - 1;
    public const int MinPageSizeBytes = 1024;
    public const int MaxPageSizeBytes = 64 * 1024;

    /// <summary>No sound tree is deeper, since every branch below the root has two children or more. Stops a walk round a cycle.</summary>
    public const int MaxDepth = 64;
}

/// <summary>The first 16 bytes of every page.</summary>
/// <remarks><code>
///  0        8       10      12         16
///  | id u64 | flags | count | overflow |     little endian; overflow = pages that follow and belong to this one
/// </code></remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct PageHeader(ulong Id, ushort Flags, ushort Count, uint Overflow);

/// <summary>One of the 16-byte elements that follow the page header; the keys and values follow the elements.</summary>
/// <remarks><code>
///  0        4        8        12       16
///  | flags  | pos    | ksize  | vsize  |     leaf
///  | pos    | ksize  | child page u64  |     branch
/// </code>
/// pos counts from the start of the element to its key; the value follows the key.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly record struct PageElement(uint Word0, uint Word1, uint Word2, uint Word3)
{
    public static PageElement Leaf(uint flags, uint position, int keyBytes, int valueBytes) =>
        new(flags, position, (uint)keyBytes, (uint)valueBytes);

    public static PageElement Branch(uint position, int keyBytes, ulong child) =>
        new(position, (uint)keyBytes, (uint)child, (uint)(child >> 32));

    public ulong Child => Word2 | ((ulong)Word3 << 32);
}
