using Etcd.Protocol.Wire;

namespace Etcd.Protocol.Raft;

/// <summary>raftpb.Entry: 1 type, 2 term, 3 index, 4 data.</summary>
public static class EntryCodec
{
    /// <summary>Most bytes that <see cref="WriteHead"/> can write.</summary>
    public const int MaxHeadSize = 39;

    private const int TypeField = 1, TermField = 2, IndexField = 3, DataField = 4;

    public static int Size(in Entry entry, WireDialect dialect)
    {
        bool zeros = dialect != WireDialect.V37;
        int size = 0;
        if (zeros || entry.Type != EntryType.Normal)
            size += WireWriter.VarintFieldSize(TypeField, (ulong)entry.Type);
        if (zeros || entry.Term != 0)
            size += WireWriter.VarintFieldSize(TermField, entry.Term);
        if (zeros || entry.Index != 0)
            size += WireWriter.VarintFieldSize(IndexField, entry.Index);
        if (!entry.Data.IsEmpty)
            size += WireWriter.BytesFieldSize(DataField, entry.Data.Length);
        return size;
    }

    /// <summary>Writes all of an entry except the bytes of its data, which are the end of its encoding.</summary>
    /// <remarks>For writers that copy the data themselves, such as the WAL.</remarks>
    public static void WriteHead(in Entry entry, WireDialect dialect, ref WireWriter writer)
    {
        bool zeros = dialect != WireDialect.V37;
        if (zeros || entry.Type != EntryType.Normal)
            writer.WriteField(TypeField, (ulong)entry.Type);
        if (zeros || entry.Term != 0)
            writer.WriteField(TermField, entry.Term);
        if (zeros || entry.Index != 0)
            writer.WriteField(IndexField, entry.Index);
        if (!entry.Data.IsEmpty)
            writer.WriteLength(DataField, entry.Data.Length);
    }

    public static void Write(in Entry entry, WireDialect dialect, ref WireWriter writer)
    {
        WriteHead(entry, dialect, ref writer);
        writer.WriteRaw(entry.Data.Span);
    }

    /// <summary>Reads an entry whose <see cref="Entry.Data"/> is a slice of <paramref name="bytes"/>.</summary>
    /// <exception cref="WireFormatException">The bytes are not an entry.</exception>
    public static Entry Read(ReadOnlyMemory<byte> bytes)
    {
        ulong term = 0, index = 0, kind = 0;
        ReadOnlyMemory<byte> data = default;
        var reader = new WireReader(bytes.Span);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case TypeField:
                    kind = reader.ReadVarint(type);
                    break;
                case TermField:
                    term = reader.ReadVarint(type);
                    break;
                case IndexField:
                    index = reader.ReadVarint(type);
                    break;
                case DataField:
                    data = bytes[reader.ReadRange(type)];
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        }
        return new Entry(term, index, (EntryType)(int)kind, data);
    }
}
