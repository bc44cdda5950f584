using System.Buffers.Binary;

namespace Etcd.Bolt.Format;

/// <summary>One of the two meta pages: where a committed state begins.</summary>
/// <remarks><code>
///  0           16      20      24        28      32     40         48        56    64    72         80
///  | page head | magic | vers. | page sz | flags | root | sequence | freelist | pgid | txid | checksum |
/// </code>
/// Transaction N writes page N mod 2, so the state before it stays intact until this page is whole. The checksum is FNV-1a
/// over bytes 16 to 71. All 80 bytes lie in one sector.</remarks>
internal readonly record struct Meta(
    int PageSizeBytes,
    PageId Root,
    ulong RootSequence,
    PageId Freelist,
    ulong HighWater,
    ulong TransactionId)
{
    public const int Bytes = 80;

    private const uint Magic = 0xED0CDAED;
    private const uint Version = 2;
    private const int BodyStart = PageFormat.HeaderBytes, ChecksumStart = 72;

    /// <summary>Page that this state's meta is stored in.</summary>
    public int Slot => (int)(TransactionId % 2);

    /// <summary>Bytes of the file that belong to this state.</summary>
    public long SizeBytes => (long)HighWater * PageSizeBytes;

    /// <summary>Reads a meta page.</summary>
    /// <param name="page">At least <see cref="Bytes"/> bytes.</param>
    /// <param name="meta">Undefined if there is a fault.</param>
    /// <returns>Null, or bbolt's name of what is wrong.</returns>
    public static string? Read(ReadOnlySpan<byte> page, out Meta meta)
    {
        meta = new Meta(
            (int)BinaryPrimitives.ReadUInt32LittleEndian(page[24..]),
            new PageId(BinaryPrimitives.ReadUInt64LittleEndian(page[32..])),
            BinaryPrimitives.ReadUInt64LittleEndian(page[40..]),
            new PageId(BinaryPrimitives.ReadUInt64LittleEndian(page[48..])),
            BinaryPrimitives.ReadUInt64LittleEndian(page[56..]),
            BinaryPrimitives.ReadUInt64LittleEndian(page[64..]));
        if (BinaryPrimitives.ReadUInt32LittleEndian(page[16..]) != Magic)
            return "invalid database";
        if (BinaryPrimitives.ReadUInt32LittleEndian(page[20..]) != Version)
            return "version mismatch";
        if (BinaryPrimitives.ReadUInt64LittleEndian(page[ChecksumStart..]) != Checksum(page))
            return "checksum error";
        // A right checksum over senseless numbers was not written by any bbolt.
        bool isPageSizeSane = meta.PageSizeBytes is >= PageFormat.MinPageSizeBytes and <= PageFormat.MaxPageSizeBytes
            && int.IsPow2(meta.PageSizeBytes);
        return isPageSizeSane ? null : "invalid database";
    }

    /// <summary>Fills a whole page: header, fields, checksum, zeros.</summary>
    /// <param name="page">One page.</param>
    /// <param name="slot">0 or 1: the page it is for.</param>
    public void Write(Span<byte> page, int slot)
    {
        page.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(page, (ulong)slot);
        BinaryPrimitives.WriteUInt16LittleEndian(page[8..], PageFormat.MetaFlag);
        BinaryPrimitives.WriteUInt32LittleEndian(page[16..], Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(page[20..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(page[24..], (uint)PageSizeBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(page[32..], Root.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(page[40..], RootSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(page[48..], Freelist.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(page[56..], HighWater);
        BinaryPrimitives.WriteUInt64LittleEndian(page[64..], TransactionId);
        BinaryPrimitives.WriteUInt64LittleEndian(page[ChecksumStart..], Checksum(page));
    }

    private static ulong Checksum(ReadOnlySpan<byte> page)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (byte value in page[BodyStart..ChecksumStart])
            hash = (hash ^ value) * 0x100000001B3;
        return hash;
    }
}
