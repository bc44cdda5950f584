namespace Etcd.Bolt.Format;

/// <summary>A key with its value (leaf) or its child page (branch), wherever the bytes are: in the memory map or in the
/// arena of the write transaction. Value bytes follow the key bytes.</summary>
/// <remarks>Whoever makes one has checked that <c>Data</c> up to <c>Data + KeyBytes + ValueBytes</c> is readable until the
/// transaction ends.</remarks>
internal readonly unsafe struct Element(byte* data, int keyBytes, int valueBytes, ulong link)
{
    public byte* Data { get; } = data;

    public int KeyBytes { get; } = keyBytes;

    public int ValueBytes { get; } = valueBytes;

    /// <summary>Flags in a leaf, child page in a branch.</summary>
    public ulong Link { get; } = link;

    public ReadOnlySpan<byte> Key => new(Data, KeyBytes);

    public ReadOnlySpan<byte> Value => new(Data + KeyBytes, ValueBytes);

    /// <summary>Only for leaf elements.</summary>
    public bool IsBucket => (Link & PageFormat.BucketFlag) != 0;

    /// <summary>Only for branch elements.</summary>
    public PageId Child => new(Link);

    /// <summary>What it takes in a page.</summary>
    public long SizeBytes => PageFormat.ElementBytes + (long)KeyBytes + ValueBytes;
}
