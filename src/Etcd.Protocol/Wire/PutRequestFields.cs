namespace Etcd.Protocol.Wire;

/// <summary>A decoded etcdserverpb.PutRequest; key and value point into the encoded bytes.</summary>
public readonly ref struct PutRequestFields
{
    public ReadOnlySpan<byte> Key { get; init; }

    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>Lease id; 0 for none.</summary>
    public long Lease { get; init; }

    public bool PreviousKeyValue { get; init; }

    /// <summary>Keep the present value, change only the lease.</summary>
    public bool IgnoreValue { get; init; }

    /// <summary>Keep the present lease, change only the value.</summary>
    public bool IgnoreLease { get; init; }

    /// <exception cref="WireFormatException">The bytes are not a PutRequest.</exception>
    public static PutRequestFields Parse(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> key = default, value = default;
        long lease = 0;
        bool previous = false, ignoreValue = false, ignoreLease = false;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case 1: key = reader.ReadBytes(type); break;
                case 2: value = reader.ReadBytes(type); break;
                case 3: lease = (long)reader.ReadVarint(type); break;
                case 4: previous = reader.ReadVarint(type) != 0; break;
                case 5: ignoreValue = reader.ReadVarint(type) != 0; break;
                case 6: ignoreLease = reader.ReadVarint(type) != 0; break;
                default: reader.Skip(type); break;
            }
        }
        return new PutRequestFields
        {
            Key = key,
            Value = value,
            Lease = lease,
            PreviousKeyValue = previous,
            IgnoreValue = ignoreValue,
            IgnoreLease = ignoreLease,
        };
    }
}
