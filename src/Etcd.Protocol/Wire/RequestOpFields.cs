namespace Etcd.Protocol.Wire;

/// <summary>Which request a RequestOp holds, by field number.</summary>
public enum RequestOpKind
{
    /// <summary>The union is not set.</summary>
    None = 0,
    Range = 1,
    Put = 2,
    DeleteRange = 3,
    Txn = 4,
}

/// <summary>A decoded etcdserverpb.RequestOp: the encoded request inside and what it is.</summary>
public readonly ref struct RequestOpFields
{
    public RequestOpKind Kind { get; private init; }

    public ReadOnlySpan<byte> Request { get; private init; }

    /// <exception cref="WireFormatException">The bytes are not a RequestOp, or the union is set twice: no encoder does that,
    /// and decoders would merge the two, so accepting it here could make members disagree.</exception>
    public static RequestOpFields Parse(ReadOnlySpan<byte> message)
    {
        RequestOpKind kind = RequestOpKind.None;
        ReadOnlySpan<byte> request = default;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            if (field > (int)RequestOpKind.Txn)
            {
                reader.Skip(type);
                continue;
            }
            if (kind != RequestOpKind.None)
                throw new WireFormatException($"proto: RequestOp holds fields {(int)kind} and {field}");
            kind = (RequestOpKind)field;
            request = reader.ReadBytes(type);
        }
        return new RequestOpFields { Kind = kind, Request = request };
    }
}
