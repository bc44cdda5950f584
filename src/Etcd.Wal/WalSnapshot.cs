using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;

namespace Etcd.Wal;

/// <summary>Says that a snapshot of the state at this position exists (walpb.Snapshot: 1 index, 2 term, 3 conf_state).</summary>
/// <param name="Index">Raft index that the snapshot covers.</param>
/// <param name="Term">Term of the entry at that index.</param>
/// <param name="ConfState">Configuration at that index; null in the first record of a log and in logs of etcd 3.4.</param>
public readonly record struct WalSnapshot(ulong Index, ulong Term, ConfState? ConfState = null)
{
    private const int IndexField = 1, TermField = 2, ConfStateField = 3;

    internal byte[] Encode()
    {
        int size = WireWriter.VarintFieldSize(IndexField, Index) + WireWriter.VarintFieldSize(TermField, Term);
        if (ConfState is not null)
            size += WireWriter.BytesFieldSize(ConfStateField, ConfStateCodec.Size(ConfState));
        byte[] bytes = new byte[size];
        var writer = new WireWriter(bytes);
        writer.WriteField(IndexField, Index);
        writer.WriteField(TermField, Term);
        if (ConfState is not null)
        {
            writer.WriteLength(ConfStateField, ConfStateCodec.Size(ConfState));
            ConfStateCodec.Write(ConfState, ref writer);
        }
        return bytes;
    }

    /// <exception cref="WireFormatException">The bytes are not a snapshot record.</exception>
    internal static WalSnapshot Read(ReadOnlySpan<byte> bytes)
    {
        ulong index = 0, term = 0;
        ConfState? confState = null;
        var reader = new WireReader(bytes);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case IndexField:
                    index = reader.ReadVarint(type);
                    break;
                case TermField:
                    term = reader.ReadVarint(type);
                    break;
                case ConfStateField:
                    confState = ConfStateCodec.Read(reader.ReadBytes(type));
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new WalSnapshot(index, term, confState);
    }
}
