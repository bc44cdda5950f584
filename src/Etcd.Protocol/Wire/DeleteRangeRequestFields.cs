namespace Etcd.Protocol.Wire;

/// <summary>A decoded etcdserverpb.DeleteRangeRequest; keys point into the encoded bytes.</summary>
public readonly ref struct DeleteRangeRequestFields
{
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>Empty: one key; <c>\0</c>: every key from <see cref="Key"/>; else exclusive end.</summary>
    public ReadOnlySpan<byte> RangeEnd { get; init; }

    public bool PreviousKeyValues { get; init; }

    /// <exception cref="WireFormatException">The bytes are not a DeleteRangeRequest.</exception>
    public static DeleteRangeRequestFields Parse(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> key = default, rangeEnd = default;
        bool previous = false;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case 1: key = reader.ReadBytes(type); break;
                case 2: rangeEnd = reader.ReadBytes(type); break;
                case 3: previous = reader.ReadVarint(type) != 0; break;
                default: reader.Skip(type); break;
            }
        }
        return new DeleteRangeRequestFields { Key = key, RangeEnd = rangeEnd, PreviousKeyValues = previous };
    }
}

/// <summary>A decoded etcdserverpb.CompactionRequest.</summary>
public readonly record struct CompactionRequestFields(long Revision, bool Physical)
{
    /// <exception cref="WireFormatException">The bytes are not a CompactionRequest.</exception>
    public static CompactionRequestFields Parse(ReadOnlySpan<byte> message)
    {
        long revision = 0;
        bool physical = false;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case 1: revision = (long)reader.ReadVarint(type); break;
                case 2: physical = reader.ReadVarint(type) != 0; break;
                default: reader.Skip(type); break;
            }
        }
        return new CompactionRequestFields(revision, physical);
    }
}
