namespace Etcd.Wal.Records;

/// <summary>The 8-byte little-endian word that precedes every record.</summary>
/// <remarks><code>
/// bit 63      bits 62..59   bits 58..56       bits 55..0
/// is padded   zero          pad bytes, 1..7   record bytes, padding not counted
/// </code>
/// Frames are padded to 8 bytes so that this word never straddles two disk sectors: after a power cut it is whole or absent,
/// never half. A word of zero is preallocated space: the end of the segment. Format owner: etcd, spec disk §2.1.</remarks>
internal readonly record struct FrameLength(long RecordBytes, int PadBytes)
{
    /// <summary>Bytes of the word itself.</summary>
    public const int Size = sizeof(ulong);

    private const ulong PaddedBit = 1UL << 63;
    private const int PadShift = 56;
    private const ulong RecordMask = (1UL << PadShift) - 1;

    /// <summary>Record and padding.</summary>
    public long BodyBytes => RecordBytes + PadBytes;

    /// <summary>Word, record and padding.</summary>
    public long FrameBytes => Size + BodyBytes;

    public static FrameLength For(int recordBytes) => new(recordBytes, -recordBytes & 7);

    public ulong Encode() => (ulong)RecordBytes | (PadBytes == 0 ? 0 : PaddedBit | ((ulong)PadBytes << PadShift));

    /// <summary>Takes a word apart as etcd does, without judging it.</summary>
    public static FrameLength Decode(ulong word) =>
        new((long)(word & RecordMask), (word & PaddedBit) == 0 ? 0 : (int)(word >> PadShift) & 7);

    /// <summary>False for a word that no etcd writes: wrong padding, or one of the four spare bits set.</summary>
    public static bool IsWellFormed(ulong word)
    {
        FrameLength length = Decode(word);
        return length.PadBytes == (int)(-length.RecordBytes & 7) && length.Encode() == word;
    }
}
