using Etcd.Protocol.Wire;

namespace Etcd.Wal.Records;

/// <summary>walpb.Record: 1 type, 2 crc, 3 data. The first two are always written, also zero; data not if there is none.</summary>
internal static class RecordCodec
{
    private const int TypeField = 1, CrcField = 2, DataField = 3;

    public static int Size(RecordType type, uint crc, int dataBytes) =>
        WireWriter.VarintFieldSize(TypeField, (ulong)type)
        + WireWriter.VarintFieldSize(CrcField, crc)
        + (dataBytes == 0 ? 0 : WireWriter.BytesFieldSize(DataField, dataBytes));

    /// <summary>Writes all but the data itself, which is the end of the record.</summary>
    public static void WriteHead(RecordType type, uint crc, int dataBytes, ref WireWriter writer)
    {
        writer.WriteField(TypeField, (ulong)type);
        writer.WriteField(CrcField, crc);
        if (dataBytes != 0)
            writer.WriteLength(DataField, dataBytes);
    }

    /// <exception cref="WireFormatException">The bytes are not a record.</exception>
    public static (RecordType Type, uint Crc, ReadOnlyMemory<byte> Data) Read(ReadOnlyMemory<byte> bytes)
    {
        ulong kind = 0, crc = 0;
        ReadOnlyMemory<byte> data = default;
        var reader = new WireReader(bytes.Span);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case TypeField:
                    kind = reader.ReadVarint(type);
                    break;
                case CrcField:
                    crc = reader.ReadVarint(type);
                    break;
                case DataField:
                    data = bytes[reader.ReadRange(type)];
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return ((RecordType)(int)kind, (uint)crc, data);
    }
}
