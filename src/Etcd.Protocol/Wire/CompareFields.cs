namespace Etcd.Protocol.Wire;

/// <summary>Compare.CompareResult; other numbers may come over the wire.</summary>
public enum CompareResult
{
    Equal = 0,
    Greater = 1,
    Less = 2,
    NotEqual = 3,
}

/// <summary>Compare.CompareTarget; other numbers may come over the wire.</summary>
public enum CompareTarget
{
    Version = 0,
    Create = 1,
    Mod = 2,
    Value = 3,
    Lease = 4,
}

/// <summary>A decoded etcdserverpb.Compare; keys and value point into the encoded bytes.</summary>
public readonly ref struct CompareFields
{
    private const int RangeEndField = 64;

    public CompareResult Result { get; private init; }

    public CompareTarget Target { get; private init; }

    public ReadOnlySpan<byte> Key { get; private init; }

    public ReadOnlySpan<byte> RangeEnd { get; private init; }

    /// <summary>What to compare with, for every target but Value; 0 if the union has no member of that target.</summary>
    public long Number { get; private init; }

    /// <summary>What to compare with for target Value; empty if the union has no value.</summary>
    public ReadOnlySpan<byte> Value { get; private init; }

    /// <exception cref="WireFormatException">The bytes are not a Compare.</exception>
    public static CompareFields Parse(ReadOnlySpan<byte> message)
    {
        ReadOnlySpan<byte> key = default, rangeEnd = default, value = default;
        int result = 0, target = 0;
        int union = 0; // Field number of the union's last member, which is the one that counts.
        long number = 0;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case 1: result = (int)reader.ReadVarint(type); break;
                case 2: target = (int)reader.ReadVarint(type); break;
                case 3: key = reader.ReadBytes(type); break;
                case 4 or 5 or 6 or 8: union = field; number = (long)reader.ReadVarint(type); break;
                case 7: union = field; value = reader.ReadBytes(type); break;
                case RangeEndField: rangeEnd = reader.ReadBytes(type); break;
                default: reader.Skip(type); break;
            }
        }
        int wanted = target switch { 0 => 4, 1 => 5, 2 => 6, 3 => 7, 4 => 8, _ => 0 };
        return new CompareFields
        {
            Result = (CompareResult)result,
            Target = (CompareTarget)target,
            Key = key,
            RangeEnd = rangeEnd,
            Number = union == wanted && union != 7 ? number : 0,
            Value = union == wanted && union == 7 ? value : default,
        };
    }
}
