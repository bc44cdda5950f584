using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Raft;

/// <summary>raftpb.Snapshot: 1 data, 2 metadata {1 conf_state, 2 index, 3 term}.</summary>
/// <remarks>The same bytes in every dialect for a snapshot of real data: etcd 3.7 sets every field of it.</remarks>
public static class SnapshotCodec
{
    private const int DataField = 1, MetadataField = 2;
    private const int ConfStateField = 1, IndexField = 2, TermField = 3;

    public static int Size(Snapshot snapshot)
    {
        int size = WireWriter.BytesFieldSize(MetadataField, MetadataSize(snapshot.Metadata));
        if (!snapshot.Data.IsEmpty)
            size += WireWriter.BytesFieldSize(DataField, snapshot.Data.Length);
        return size;
    }

    public static void Write(Snapshot snapshot, ref WireWriter writer)
    {
        if (!snapshot.Data.IsEmpty)
            writer.WriteField(DataField, snapshot.Data.Span);
        SnapshotMetadata metadata = snapshot.Metadata;
        writer.WriteLength(MetadataField, MetadataSize(metadata));
        writer.WriteLength(ConfStateField, ConfStateCodec.Size(metadata.ConfState));
        ConfStateCodec.Write(metadata.ConfState, ref writer);
        writer.WriteField(IndexField, metadata.Index);
        writer.WriteField(TermField, metadata.Term);
    }

    public static byte[] Encode(Snapshot snapshot)
    {
        byte[] bytes = new byte[Size(snapshot)];
        var writer = new WireWriter(bytes);
        Write(snapshot, ref writer);
        return bytes;
    }

    /// <summary>Reads a snapshot whose <see cref="Snapshot.Data"/> is a slice of <paramref name="bytes"/>.</summary>
    /// <exception cref="WireFormatException">The bytes are not a snapshot.</exception>
    public static Snapshot Read(ReadOnlyMemory<byte> bytes)
    {
        var metadata = new SnapshotMetadata(ConfState.Empty, 0, 0);
        ReadOnlyMemory<byte> data = default;
        var reader = new WireReader(bytes.Span);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case DataField:
                    data = bytes[reader.ReadRange(type)];
                    break;
                case MetadataField:
                    metadata = ReadMetadata(reader.ReadBytes(type));
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new Snapshot(metadata, data);
    }

    private static SnapshotMetadata ReadMetadata(ReadOnlySpan<byte> bytes)
    {
        ConfState confState = ConfState.Empty;
        ulong index = 0, term = 0;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case ConfStateField:
                    confState = ConfStateCodec.Read(reader.ReadBytes(type));
                    break;
                case IndexField:
                    index = reader.ReadVarint(type);
                    break;
                case TermField:
                    term = reader.ReadVarint(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new SnapshotMetadata(confState, index, term);
    }

    private static int MetadataSize(in SnapshotMetadata metadata) =>
        WireWriter.BytesFieldSize(ConfStateField, ConfStateCodec.Size(metadata.ConfState))
        + WireWriter.VarintFieldSize(IndexField, metadata.Index)
        + WireWriter.VarintFieldSize(TermField, metadata.Term);
}
