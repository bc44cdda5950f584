using System.Buffers.Binary;

namespace Etcd.Wal.Records;

/// <summary>Tells a record that was half written from one whose length word went bad later.</summary>
/// <remarks>A length word is 8-byte aligned, so a power cut leaves it whole or zero. A word that is neither zero nor right was
/// damaged on the disk, and what is behind it may have been acknowledged. The word is judged by the record that follows it, which
/// says its own length, and by the records behind, whose checksums form a chain.</remarks>
internal static class DamageExam
{
    private const int SectorBytes = 512;

    // A chain is searched at every 8 bytes. Bytes chosen by an attacker could make each try expensive, so all tries share a budget.
    private const int ScanBudgetFactor = 8;

    /// <summary>Whether a part of a record may never have reached the disk: one of the pieces that the body is cut into by sector
    /// boundaries is all zero.</summary>
    /// <remarks>etcd's test, with one restriction: if the sector of the last piece holds something behind the record, that sector was
    /// written, and the piece is zero by nature.</remarks>
    /// <param name="window">The segment.</param>
    /// <param name="offset">Where the body begins in it.</param>
    /// <param name="bytes">Record and padding.</param>
    public static bool HasZeroSector(FileWindow window, long offset, int bytes)
    {
        long end = offset + bytes;
        while (offset < end)
        {
            long sectorEnd = offset - (offset % SectorBytes) + SectorBytes;
            int piece = (int)(Math.Min(sectorEnd, window.Length) - offset);
            if (!window.Slice(offset, piece).Span.ContainsAnyExcept((byte)0))
                return true;
            offset += piece;
        }
        return false;
    }

    /// <summary>Looks for proof that the length word at <paramref name="offset"/> is wrong and that good records would be lost.</summary>
    /// <returns>What was found, for the operator; null if the record may well be torn.</returns>
    public static string? FindProof(FileWindow window, long offset, ulong lengthWord, uint crc)
    {
        long left = window.Length - offset - FrameLength.Size;
        if (left <= 0 || left > Array.MaxLength)
            return null;
        ReadOnlySpan<byte> rest = window.Slice(offset + FrameLength.Size, (int)left).Span;
        long recordBytes = FrameLength.Decode(lengthWord).RecordBytes;
        if (FrameLength.IsWellFormed(lengthWord) && MayBelongTo(rest, offset + FrameLength.Size, recordBytes))
            return null;
        if (RecordHead.TryParse(rest, out RecordHead head) && head.IsIntact(rest, crc))
            return $"the record itself is intact and is {head.RecordBytes} bytes long";
        long found = FindChain(rest);
        return found < 0 ? null : $"intact records follow at offset {offset + FrameLength.Size + found}";
    }

    /// <summary>Whether a zero where a length word is due is followed by the very record that it belonged to.</summary>
    /// <remarks>Only asked if both lie in one sector: a power cut can leave one of two sectors unwritten, but not half of one.</remarks>
    public static bool IsLengthLost(FileWindow window, long offset, uint crc)
    {
        long bodyOffset = offset + FrameLength.Size;
        long left = window.Length - bodyOffset;
        if (left <= 0 || bodyOffset % SectorBytes == 0)
            return false;
        ReadOnlySpan<byte> start = window.Slice(bodyOffset, (int)Math.Min(left, RecordHead.MaxSize)).Span;
        return RecordHead.TryParse(start, out RecordHead head)
            && head.RecordBytes <= left
            && head.RecordBytes <= Array.MaxLength
            && head.IsIntact(window.Slice(bodyOffset, (int)head.RecordBytes).Span, crc);
    }

    /// <summary>Whether the body, as far as it was written, agrees with the length word.</summary>
    private static bool MayBelongTo(ReadOnlySpan<byte> body, long bodyOffset, long recordBytes)
    {
        int firstPiece = (int)Math.Min(Math.Min(body.Length, recordBytes), SectorBytes - bodyOffset % SectorBytes);
        if (!body[..firstPiece].ContainsAnyExcept((byte)0))
            return true; // The sector with the record's head never reached the disk.
        if (RecordHead.TryParse(body, out RecordHead head))
            return head.RecordBytes == recordBytes;
        return body.Length < RecordHead.MaxSize; // The file ends before the record says its length.
    }

    /// <summary>Offset of the first two neighbouring frames of which the second continues the checksum of the first; -1 if none.</summary>
    private static long FindChain(ReadOnlySpan<byte> rest)
    {
        long budget = (long)ScanBudgetFactor * rest.Length;
        for (int at = 0; at + FrameLength.Size <= rest.Length && budget > 0; at += FrameLength.Size)
        {
            if (!TryFrame(rest, at, out RecordHead first, out int next) || !TryFrame(rest, next, out RecordHead second, out int end))
                continue;
            budget -= end - at;
            if (second.IsIntact(rest[(next + FrameLength.Size)..], first.Crc))
                return at;
        }
        return -1;
    }

    private static bool TryFrame(ReadOnlySpan<byte> bytes, int at, out RecordHead head, out int end)
    {
        head = default;
        end = 0;
        if (at + FrameLength.Size > bytes.Length)
            return false;
        ulong word = BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
        FrameLength length = FrameLength.Decode(word);
        if (word == 0 || !FrameLength.IsWellFormed(word) || length.FrameBytes > bytes.Length - at)
            return false;
        end = at + (int)length.FrameBytes;
        return RecordHead.TryParse(bytes[(at + FrameLength.Size)..end], out head) && head.RecordBytes == length.RecordBytes;
    }
}
