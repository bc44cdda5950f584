using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Raft;

/// <summary>raftpb.ConfChangeV2: 1 transition, 2 changes* {1 type, 2 node_id}, 3 context. etcd itself never proposes one.</summary>
public static class ConfChangeV2Codec
{
    private const int TransitionField = 1, ChangesField = 2, ContextField = 3;
    private const int TypeField = 1, NodeIdField = 2;

    public static byte[] Encode(ConfChangeV2 change, WireDialect dialect)
    {
        bool writeTransition = dialect != WireDialect.V37 || change.Transition != ConfChangeTransition.Auto;
        int size = writeTransition ? WireWriter.VarintFieldSize(TransitionField, (ulong)change.Transition) : 0;
        for (int i = 0; i < change.Changes.Count; i++)
            size += WireWriter.BytesFieldSize(ChangesField, SingleSize(change.Changes[i]));
        if (!change.Context.IsEmpty)
            size += WireWriter.BytesFieldSize(ContextField, change.Context.Length);

        byte[] bytes = new byte[size];
        var writer = new WireWriter(bytes);
        if (writeTransition)
            writer.WriteField(TransitionField, (ulong)change.Transition);
        for (int i = 0; i < change.Changes.Count; i++)
        {
            ConfChangeSingle single = change.Changes[i];
            writer.WriteLength(ChangesField, SingleSize(single));
            writer.WriteField(TypeField, (ulong)single.Type);
            writer.WriteField(NodeIdField, single.NodeId);
        }
        if (!change.Context.IsEmpty)
            writer.WriteField(ContextField, change.Context.Span);
        return bytes;
    }

    /// <summary>Reads a change whose <see cref="ConfChangeV2.Context"/> is a slice of <paramref name="bytes"/>.</summary>
    /// <exception cref="WireFormatException">The bytes are not a configuration change.</exception>
    public static ConfChangeV2 Read(ReadOnlyMemory<byte> bytes)
    {
        ulong transition = 0;
        List<ConfChangeSingle> changes = [];
        ReadOnlyMemory<byte> context = default;
        var reader = new WireReader(bytes.Span);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case TransitionField:
                    transition = reader.ReadVarint(type);
                    break;
                case ChangesField:
                    changes.Add(ReadSingle(reader.ReadBytes(type)));
                    break;
                case ContextField:
                    context = bytes[reader.ReadRange(type)];
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new ConfChangeV2((ConfChangeTransition)(int)transition, changes, context);
    }

    private static ConfChangeSingle ReadSingle(ReadOnlySpan<byte> bytes)
    {
        ulong kind = 0, nodeId = 0;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case TypeField:
                    kind = reader.ReadVarint(type);
                    break;
                case NodeIdField:
                    nodeId = reader.ReadVarint(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new ConfChangeSingle((ConfChangeType)(int)kind, nodeId);
    }

    private static int SingleSize(ConfChangeSingle single) =>
        WireWriter.VarintFieldSize(TypeField, (ulong)single.Type) + WireWriter.VarintFieldSize(NodeIdField, single.NodeId);
}
