namespace Etcd.Protocol.Wire;

/// <summary>What kind of payload a normal raft entry carries.</summary>
public enum RaftRequestForm
{
    /// <summary>An InternalRaftRequest with a v3 variant (or none).</summary>
    V3,

    /// <summary>A bare etcdserverpb.Request of the v2 API; the whole payload is it.</summary>
    V2,

    /// <summary>A v2 Request in field 2 of an InternalRaftRequest.</summary>
    V2Nested,
}

/// <summary>An etcdserverpb.InternalRaftRequest taken apart without decoding the request inside.</summary>
public readonly ref struct RaftRequestFields
{
    private const int V2Field = 2;
    private const int HeaderField = 100;

    public RaftRequestForm Form { get; private init; }

    /// <summary>Field number of the variant that is set, see <c>RequestKind</c>; 0 if none is.</summary>
    public int Variant { get; private init; }

    /// <summary>Where in the payload the encoded request lies.</summary>
    public Range Body { get; private init; }

    /// <summary>Request id that the proposer waits for: from the header, else the old field 1.</summary>
    public ulong Id { get; private init; }

    /// <summary>Who asked; empty without authentication.</summary>
    public ReadOnlySpan<byte> UserName { get; private init; }

    public ulong AuthRevision { get; private init; }

    /// <summary>Takes the payload of a normal, non-empty raft entry apart.</summary>
    /// <exception cref="WireFormatException">It is neither a v3 nor a v2 request.</exception>
    /// <remarks>A bare v2 request is recognised by its method in field 2 (spec peer §7.1): Go tells the two apart by a
    /// parse error that a lenient decoder does not make. Its other fields are not looked at here.</remarks>
    public static RaftRequestFields Parse(ReadOnlySpan<byte> payload)
    {
        int variant = 0;
        Range body = default;
        bool hasHeader = false;
        ulong legacyId = 0;
        RequestHeaderFields header = default;
        var reader = new WireReader(payload);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            if (type != WireType.LengthDelimited)
            {
                if (field == 1)
                    legacyId = reader.ReadVarint(type);
                else
                    reader.Skip(type); // No variant is a number, so nobody knows this field.
                continue;
            }
            Range range = reader.ReadRange(type);
            if (field == V2Field && IsV2Method(payload[range]))
                return new RaftRequestFields { Form = RaftRequestForm.V2, Id = legacyId, Body = .. };
            if (field == HeaderField ? hasHeader : variant != 0)
                throw new WireFormatException($"proto: raft request holds field {field} beside field {variant}");
            if (field == HeaderField)
            {
                header = RequestHeaderFields.Parse(payload[range]);
                hasHeader = true;
            }
            else
            {
                (variant, body) = (field, range);
            }
        }
        return new RaftRequestFields
        {
            Form = variant == V2Field ? RaftRequestForm.V2Nested : RaftRequestForm.V3,
            Variant = variant,
            Body = body,
            Id = header.Id != 0 ? header.Id : legacyId,
            UserName = header.UserName,
            AuthRevision = header.AuthRevision,
        };
    }

    private static bool IsV2Method(ReadOnlySpan<byte> text) =>
        text.SequenceEqual("PUT"u8) || text.SequenceEqual("POST"u8) || text.SequenceEqual("DELETE"u8)
        || text.SequenceEqual("QGET"u8) || text.SequenceEqual("SYNC"u8);

    private readonly ref struct RequestHeaderFields
    {
        public ulong Id { get; private init; }

        public ReadOnlySpan<byte> UserName { get; private init; }

        public ulong AuthRevision { get; private init; }

        public static RequestHeaderFields Parse(ReadOnlySpan<byte> message)
        {
            ulong id = 0, authRevision = 0;
            ReadOnlySpan<byte> userName = default;
            var reader = new WireReader(message);
            while (reader.TryReadTag(out int field, out WireType type))
            {
                switch (field)
                {
                    case 1: id = reader.ReadVarint(type); break;
                    case 2: userName = reader.ReadBytes(type); break;
                    case 3: authRevision = reader.ReadVarint(type); break;
                    default: reader.Skip(type); break;
                }
            }
            return new RequestHeaderFields { Id = id, UserName = userName, AuthRevision = authRevision };
        }
    }
}
