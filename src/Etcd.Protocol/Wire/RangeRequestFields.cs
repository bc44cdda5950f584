namespace Etcd.Protocol.Wire;

/// <summary>RangeRequest.SortOrder; other numbers may come over the wire.</summary>
public enum SortOrder
{
    None = 0,
    Ascend = 1,
    Descend = 2,
}

/// <summary>RangeRequest.SortTarget; other numbers may come over the wire.</summary>
public enum SortTarget
{
    Key = 0,
    Version = 1,
    Create = 2,
    Mod = 3,
    Value = 4,
}

/// <summary>A decoded etcdserverpb.RangeRequest; keys point into the encoded bytes.</summary>
public readonly ref struct RangeRequestFields
{
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>Empty: one key; <c>\0</c>: every key from <see cref="Key"/>; else exclusive end.</summary>
    public ReadOnlySpan<byte> RangeEnd { get; init; }

    /// <summary>Most pairs to return; 0 or less for all.</summary>
    public long Limit { get; init; }

    /// <summary>0 or less for the current one.</summary>
    public long Revision { get; init; }

    public SortOrder SortOrder { get; init; }

    public SortTarget SortTarget { get; init; }

    public bool Serializable { get; init; }

    public bool KeysOnly { get; init; }

    public bool CountOnly { get; init; }

    public long MinModRevision { get; init; }

    public long MaxModRevision { get; init; }

    public long MinCreateRevision { get; init; }

    public long MaxCreateRevision { get; init; }

    /// <exception cref="WireFormatException">The bytes are not a RangeRequest.</exception>
    public static RangeRequestFields Parse(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> key = default, rangeEnd = default;
        long limit = 0, revision = 0, minMod = 0, maxMod = 0, minCreate = 0, maxCreate = 0;
        int order = 0, target = 0;
        bool serializable = false, keysOnly = false, countOnly = false;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case 1: key = reader.ReadBytes(type); break;
                case 2: rangeEnd = reader.ReadBytes(type); break;
                case 3: limit = (long)reader.ReadVarint(type); break;
                case 4: revision = (long)reader.ReadVarint(type); break;
                case 5: order = (int)reader.ReadVarint(type); break;
                case 6: target = (int)reader.ReadVarint(type); break;
                case 7: serializable = reader.ReadVarint(type) != 0; break;
                case 8: keysOnly = reader.ReadVarint(type) != 0; break;
                case 9: countOnly = reader.ReadVarint(type) != 0; break;
                case 10: minMod = (long)reader.ReadVarint(type); break;
                case 11: maxMod = (long)reader.ReadVarint(type); break;
                case 12: minCreate = (long)reader.ReadVarint(type); break;
                case 13: maxCreate = (long)reader.ReadVarint(type); break;
                default: reader.Skip(type); break;
            }
        }
        return new RangeRequestFields
        {
            Key = key,
            RangeEnd = rangeEnd,
            Limit = limit,
            Revision = revision,
            SortOrder = (SortOrder)order,
            SortTarget = (SortTarget)target,
            Serializable = serializable,
            KeysOnly = keysOnly,
            CountOnly = countOnly,
            MinModRevision = minMod,
            MaxModRevision = maxMod,
            MinCreateRevision = minCreate,
            MaxCreateRevision = maxCreate,
        };
    }
}
