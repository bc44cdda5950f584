using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Etcd.Protocol.Wire;

/// <summary>Walks the fields of one protobuf message without copying.</summary>
/// <remarks>Never reads outside the given bytes and never allocates. Every method throws <see cref="WireFormatException"/>
/// on malformed input. Groups are refused: no etcd message has one. A field that is read is read as its own message says;
/// a field nobody knows is passed over with <see cref="Skip"/>, as protobuf demands.
/// <code>
/// while (reader.TryReadTag(out int field, out WireType type))
/// {
///     switch (field)
///     {
///         case 1: index = reader.ReadVarint(type); break;
///         default: reader.Skip(type); break;
///     }
/// }
/// </code></remarks>
public ref struct WireReader(ReadOnlySpan<byte> message)
{
    private const int MaxVarintBytes = 10;

    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;
    private int _field;

    /// <summary>Offset in the message of the next unread byte.</summary>
    public readonly int Position => _position;

    /// <summary>Reads the next tag.</summary>
    /// <returns>False at the end of the message.</returns>
    public bool TryReadTag(out int field, out WireType type)
    {
        if (_position == _message.Length)
        {
            field = 0;
            type = default;
            return false;
        }
        ulong tag = ReadRawVarint();
        type = (WireType)(tag & 7);
        if (tag > uint.MaxValue || tag < 8)
            Fail($"tag {tag} has no valid field number");
        _field = field = (int)(tag >> 3);
        if (type is not (WireType.Varint or WireType.Fixed64 or WireType.LengthDelimited or WireType.Fixed32))
            Fail($"field {field} has wire type {(int)type}");
        return true;
    }

    /// <summary>Reads the value of a varint field.</summary>
    public ulong ReadVarint(WireType type)
    {
        Expect(type, WireType.Varint);
        return ReadRawVarint();
    }

    /// <summary>Reads a varint that carries no tag of its own, as inside a packed list.</summary>
    public ulong ReadPackedVarint() => ReadRawVarint();

    /// <summary>True until the last byte was read.</summary>
    public readonly bool HasMore => _position < _message.Length;

    /// <summary>Reads the value of a bytes, string or message field, as a view of the input.</summary>
    public ReadOnlySpan<byte> ReadBytes(WireType type) => _message[ReadRange(type)];

    /// <summary>As <see cref="ReadBytes"/>, as positions in the input: for callers that slice a <see cref="ReadOnlyMemory{T}"/>.</summary>
    public Range ReadRange(WireType type)
    {
        Expect(type, WireType.LengthDelimited);
        ulong length = ReadRawVarint();
        int left = _message.Length - _position;
        if (length > (ulong)left)
            Fail($"field {_field} claims {length} bytes, {left} are left");
        int start = _position;
        _position += (int)length;
        return start.._position;
    }

    /// <summary>Passes over the value of a field that this reader does not know.</summary>
    public void Skip(WireType type)
    {
        switch (type)
        {
            case WireType.Varint:
                ReadRawVarint();
                break;
            case WireType.LengthDelimited:
                ReadRange(type);
                break;
            default:
                int bytes = type == WireType.Fixed64 ? sizeof(ulong) : sizeof(uint);
                if (_message.Length - _position < bytes)
                    Fail($"field {_field} needs {bytes} bytes, {_message.Length - _position} are left");
                _position += bytes;
                break;
        }
    }

    private ulong ReadRawVarint()
    {
        if (_position < _message.Length && _message[_position] < 0x80)
            return _message[_position++]; // Most varints are one byte: small fields, tags, short lengths.
        ulong value = 0;
        for (int i = 0; i < MaxVarintBytes; i++)
        {
            if (_position == _message.Length)
                Fail("the message ends inside a varint");
            byte next = _message[_position++];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                if (i == MaxVarintBytes - 1 && next > 1)
                    Fail("a varint is larger than 64 bits");
                return value;
            }
        }
        Fail("a varint is longer than 10 bytes");
        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Expect(WireType found, WireType expected)
    {
        if (found != expected)
            Fail($"field {_field} has wire type {(int)found}, expected {(int)expected}");
    }

    [DoesNotReturn]
    private readonly void Fail(string what) => throw new WireFormatException($"proto: {what} (at byte {_position} of {_message.Length})");
}
