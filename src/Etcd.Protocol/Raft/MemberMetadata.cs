using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Raft;

/// <summary>Whose log this is, at the head of every WAL segment (etcdserverpb.Metadata: 1 NodeID, 2 ClusterID, both always
/// written).</summary>
/// <remarks>The only place from which a restarting member learns its own id and its cluster's.</remarks>
public readonly record struct MemberMetadata(ulong NodeId, ulong ClusterId)
{
    private const int NodeIdField = 1, ClusterIdField = 2;

    public byte[] Encode()
    {
        byte[] bytes = new byte[WireWriter.VarintFieldSize(NodeIdField, NodeId) + WireWriter.VarintFieldSize(ClusterIdField, ClusterId)];
        var writer = new WireWriter(bytes);
        writer.WriteField(NodeIdField, NodeId);
        writer.WriteField(ClusterIdField, ClusterId);
        return bytes;
    }

    /// <exception cref="WireFormatException">The bytes are not a metadata message.</exception>
    public static MemberMetadata Read(ReadOnlySpan<byte> bytes)
    {
        ulong nodeId = 0, clusterId = 0;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case NodeIdField:
                    nodeId = reader.ReadVarint(type);
                    break;
                case ClusterIdField:
                    clusterId = reader.ReadVarint(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new MemberMetadata(nodeId, clusterId);
    }
}
