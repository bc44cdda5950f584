using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Raft;

/// <summary>raftpb.ConfChange: 1 id, 2 type, 3 node_id, 4 context.</summary>
public static class ConfChangeCodec
{
    private const int IdField = 1, TypeField = 2, NodeIdField = 3, ContextField = 4;

    public static byte[] Encode(ConfChange change, WireDialect dialect)
    {
        bool writeId = dialect != WireDialect.V37 || change.Id != 0; // 3.7: bootstrap entries have no id.
        int size = (writeId ? WireWriter.VarintFieldSize(IdField, change.Id) : 0)
            + WireWriter.VarintFieldSize(TypeField, (ulong)change.Type)
            + WireWriter.VarintFieldSize(NodeIdField, change.NodeId)
            + (change.Context.IsEmpty ? 0 : WireWriter.BytesFieldSize(ContextField, change.Context.Length));
        byte[] bytes = new byte[size];
        var writer = new WireWriter(bytes);
        if (writeId)
            writer.WriteField(IdField, change.Id);
        writer.WriteField(TypeField, (ulong)change.Type);
        writer.WriteField(NodeIdField, change.NodeId);
        if (!change.Context.IsEmpty)
            writer.WriteField(ContextField, change.Context.Span);
        return bytes;
    }

    /// <summary>Reads a change whose <see cref="ConfChange.Context"/> is a slice of <paramref name="bytes"/>.</summary>
    /// <exception cref="WireFormatException">The bytes are not a configuration change.</exception>
    public static ConfChange Read(ReadOnlyMemory<byte> bytes)
    {
        ulong id = 0, kind = 0, nodeId = 0;
        ReadOnlyMemory<byte> context = default;
        var reader = new WireReader(bytes.Span);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case IdField:
                    id = reader.ReadVarint(type);
                    break;
                case TypeField:
                    kind = reader.ReadVarint(type);
                    break;
                case NodeIdField:
                    nodeId = reader.ReadVarint(type);
                    break;
                case ContextField:
                    context = bytes[reader.ReadRange(type)];
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new ConfChange(id, (ConfChangeType)(int)kind, nodeId, context);
    }
}
