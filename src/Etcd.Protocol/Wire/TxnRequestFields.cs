namespace Etcd.Protocol.Wire;

/// <summary>The three lists of an encoded etcdserverpb.TxnRequest, counted but not decoded.</summary>
/// <remarks>Compares and operations are walked with <see cref="RepeatedField"/> and decoded one at a time.</remarks>
public readonly ref struct TxnRequestFields
{
    private const int CompareField = 1;
    private const int SuccessField = 2;
    private const int FailureField = 3;
    private readonly ReadOnlySpan<byte> _message;

    private TxnRequestFields(ReadOnlySpan<byte> message) => _message = message;

    public int CompareCount { get; private init; }

    public int SuccessCount { get; private init; }

    public int FailureCount { get; private init; }

    /// <summary>Each element is an encoded Compare.</summary>
    public RepeatedField Compares => new(_message, CompareField);

    /// <summary>Each element is an encoded RequestOp.</summary>
    public RepeatedField Success => new(_message, SuccessField);

    /// <summary>Each element is an encoded RequestOp.</summary>
    public RepeatedField Failure => new(_message, FailureField);

    /// <summary>Checks the outermost level; the elements are not looked into.</summary>
    /// <exception cref="WireFormatException">The bytes are not a TxnRequest.</exception>
    public static TxnRequestFields Parse(ReadOnlySpan<byte> message)
    {
        int compares = 0, success = 0, failure = 0;
        var reader = new WireReader(message);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field)
            {
                case CompareField: reader.ReadBytes(type); compares++; break;
                case SuccessField: reader.ReadBytes(type); success++; break;
                case FailureField: reader.ReadBytes(type); failure++; break;
                default: reader.Skip(type); break;
            }
        }
        return new TxnRequestFields(message) { CompareCount = compares, SuccessCount = success, FailureCount = failure };
    }
}

/// <summary>The encoded elements of one repeated message field; use with <c>foreach</c>.</summary>
public ref struct RepeatedField
{
    private readonly int _field;
    private WireReader _reader;

    internal RepeatedField(ReadOnlySpan<byte> message, int field)
    {
        _reader = new WireReader(message);
        _field = field;
    }

    /// <summary>The element's encoded bytes.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly RepeatedField GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_reader.TryReadTag(out int field, out WireType type))
        {
            if (field == _field)
            {
                Current = _reader.ReadBytes(type);
                return true;
            }
            _reader.Skip(type);
        }
        return false;
    }
}
