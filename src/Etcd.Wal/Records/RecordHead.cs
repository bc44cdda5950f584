using Etcd.Foundation;

namespace Etcd.Wal.Records;

/// <summary>A record's type, checksum and data length, read strictly as every etcd writes them: they tell how long the record is
/// without its length word.</summary>
/// <remarks><code>08 type 10 crc [1a length data…]</code></remarks>
internal readonly record struct RecordHead(RecordType Type, uint Crc, int DataOffset, long DataBytes)
{
    /// <summary>Most bytes before the data: type 2, checksum 6, length 6.</summary>
    public const int MaxSize = 14;

    private const byte TypeTag = 0x08, CrcTag = 0x10, DataTag = 0x1A;

    public long RecordBytes => DataOffset + DataBytes;

    /// <returns>False if the bytes do not begin like a record, or end before its data.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out RecordHead head)
    {
        head = default;
        int at = 0;
        if (!TryField(bytes, TypeTag, ref at, out uint type) || type is < (uint)RecordType.Metadata or > (uint)RecordType.Snapshot)
            return false;
        if (!TryField(bytes, CrcTag, ref at, out uint crc))
            return false;
        uint dataBytes = 0;
        if ((RecordType)type != RecordType.Crc && !TryField(bytes, DataTag, ref at, out dataBytes))
            return false;
        head = new RecordHead((RecordType)type, crc, at, dataBytes);
        return true;
    }

    /// <summary>Whether the whole record is there and its checksum continues <paramref name="crc"/>.</summary>
    /// <param name="record">Begins with this head.</param>
    /// <param name="crc">Running checksum before the record.</param>
    public bool IsIntact(ReadOnlySpan<byte> record, uint crc)
    {
        if (RecordBytes > record.Length)
            return false;
        return Type == RecordType.Crc ? Crc == crc : Crc32C.Update(crc, record.Slice(DataOffset, (int)DataBytes)) == Crc;
    }

    private static bool TryField(ReadOnlySpan<byte> bytes, byte tag, ref int at, out uint value)
    {
        value = 0;
        if (at >= bytes.Length || bytes[at] != tag)
            return false;
        ulong wide = 0;
        for (int i = 1; i <= 5 && at + i < bytes.Length; i++)
        {
            byte next = bytes[at + i];
            wide |= (ulong)(next & 0x7F) << (7 * (i - 1));
            if (next < 0x80)
            {
                at += i + 1;
                value = (uint)wide;
                return wide <= uint.MaxValue;
            }
        }
        return false;
    }
}
