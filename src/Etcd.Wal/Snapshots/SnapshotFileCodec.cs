using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;

namespace Etcd.Wal.Snapshots;

/// <summary>A .snap file: snappb.snapshot {1 crc, 2 data}, where data is a raftpb.Snapshot and crc its CRC-32C.</summary>
internal static class SnapshotFileCodec
{
    private const int CrcField = 1, DataField = 2;

    public static byte[] Encode(Snapshot snapshot)
    {
        byte[] data = SnapshotCodec.Encode(snapshot);
        uint crc = Crc32C.Compute(data);
        byte[] bytes = new byte[WireWriter.VarintFieldSize(CrcField, crc) + WireWriter.BytesFieldSize(DataField, data.Length)];
        var writer = new WireWriter(bytes);
        writer.WriteField(CrcField, crc);
        writer.WriteField(DataField, data);
        return bytes;
    }

    /// <exception cref="CorruptException">The file is damaged; the reason begins with etcd's text.</exception>
    public static Snapshot Read(string path, ReadOnlyMemory<byte> file)
    {
        if (file.IsEmpty)
            throw new CorruptException(path, -1, "snap: empty snapshot");
        try
        {
            (uint crc, ReadOnlyMemory<byte> data) = ReadEnvelope(file);
            // Compat: etcd calls a snapshot empty also if its checksum is 0.
            if (data.IsEmpty || crc == 0)
                throw new CorruptException(path, -1, "snap: empty snapshot");
            uint computed = Crc32C.Compute(data.Span);
            if (computed != crc)
                throw new CorruptException(path, -1, $"snap: crc mismatch: expected {crc:x}, computed {computed:x}");
            return SnapshotCodec.Read(data);
        }
        catch (WireFormatException e)
        {
            throw new CorruptException(path, -1, $"snap: not a snapshot: {e.Message}");
        }
    }

    private static (uint Crc, ReadOnlyMemory<byte> Data) ReadEnvelope(ReadOnlyMemory<byte> file)
    {
        ulong crc = 0;
        ReadOnlyMemory<byte> data = default;
        var reader = new WireReader(file.Span);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case CrcField:
                    crc = reader.ReadVarint(type);
                    break;
                case DataField:
                    data = file[reader.ReadRange(type)];
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return ((uint)crc, data);
    }
}
