namespace Etcd.Protocol.Wire;

/// <summary>A decoded mvccpb.KeyValue; key and value point into the encoded bytes.</summary>
public readonly ref struct KeyValueFields
{
    /// <summary>Number of the field that comes first, the key.</summary>
    public const int KeyField = 1;
    private const int CreateRevisionField = 2;
    private const int ModRevisionField = 3;
    private const int VersionField = 4;
    private const int ValueField = 5;
    private const int LeaseField = 6;

    public ReadOnlySpan<byte> Key { get; init; }

    public long CreateRevision { get; init; }

    /// <summary>0 in the stored record of a deletion.</summary>
    public long ModRevision { get; init; }

    public long Version { get; init; }

    public ReadOnlySpan<byte> Value { get; init; }

    public long Lease { get; init; }

    /// <summary>Bytes of the encoded message.</summary>
    public int EncodedSize =>
        WireWriter.OptionalBytesSize(KeyField, Key.Length)
        + WireWriter.OptionalSize(CreateRevisionField, CreateRevision)
        + WireWriter.OptionalSize(ModRevisionField, ModRevision)
        + WireWriter.OptionalSize(VersionField, Version)
        + WireWriter.OptionalBytesSize(ValueField, Value.Length)
        + WireWriter.OptionalSize(LeaseField, Lease);

    /// <exception cref="WireFormatException">The bytes are not a KeyValue.</exception>
    public static KeyValueFields Parse(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> key = default, value = default;
        long create = 0, mod = 0, version = 0, lease = 0;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case KeyField: key = reader.ReadBytes(type); break;
                case CreateRevisionField: create = (long)reader.ReadVarint(type); break;
                case ModRevisionField: mod = (long)reader.ReadVarint(type); break;
                case VersionField: version = (long)reader.ReadVarint(type); break;
                case ValueField: value = reader.ReadBytes(type); break;
                case LeaseField: lease = (long)reader.ReadVarint(type); break;
                default: reader.Skip(type); break;
            }
        }
        return new KeyValueFields
        {
            Key = key,
            CreateRevision = create,
            ModRevision = mod,
            Version = version,
            Value = value,
            Lease = lease,
        };
    }

    /// <summary>Encodes the message into exactly <see cref="EncodedSize"/> bytes, fields ascending as every etcd writes them.</summary>
    public void WriteTo(ref WireWriter writer)
    {
        writer.WriteOptional(KeyField, Key);
        writer.WriteOptional(CreateRevisionField, CreateRevision);
        writer.WriteOptional(ModRevisionField, ModRevision);
        writer.WriteOptional(VersionField, Version);
        writer.WriteOptional(ValueField, Value);
        writer.WriteOptional(LeaseField, Lease);
    }
}
