using System.Numerics;

namespace Etcd.Protocol.Wire;

/// <summary>Writes protobuf fields one after the other into a buffer that is large enough.</summary>
/// <remarks>Callers compute the size first (the static <c>…Size</c> methods) because protobuf puts lengths before contents.
/// A buffer that is too small is a bug of the caller and throws <see cref="IndexOutOfRangeException"/> or
/// <see cref="ArgumentException"/>; nothing outside it is touched.</remarks>
public ref struct WireWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;
    private int _position;

    /// <summary>Bytes written so far.</summary>
    public readonly int BytesWritten => _position;

    /// <summary>Bytes of a varint, 1 to 10.</summary>
    public static int VarintSize(ulong value) => (BitOperations.Log2(value | 1) * 9 + 73) >> 6;

    /// <summary>Bytes of a varint field with its tag.</summary>
    public static int VarintFieldSize(int field, ulong value) => TagSize(field) + VarintSize(value);

    /// <summary>Bytes of a bytes, string or message field with tag and length.</summary>
    public static int BytesFieldSize(int field, int length) => TagSize(field) + VarintSize((ulong)length) + length;

    /// <summary>Bytes of a proto3 number field: none if it is zero.</summary>
    public static int OptionalSize(int field, long value) => value == 0 ? 0 : VarintFieldSize(field, (ulong)value);

    /// <summary>Bytes of a proto3 bytes or string field of that length: none if it is empty.</summary>
    public static int OptionalBytesSize(int field, int length) => length == 0 ? 0 : BytesFieldSize(field, length);

    /// <summary>Writes a proto3 number field, unless it is zero.</summary>
    public void WriteOptional(int field, long value)
    {
        if (value != 0)
            WriteField(field, (ulong)value);
    }

    /// <summary>Writes a proto3 bytes or string field, unless it is empty.</summary>
    public void WriteOptional(int field, scoped ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
            WriteField(field, value);
    }

    /// <summary>Writes a varint field, also if the value is zero.</summary>
    public void WriteField(int field, ulong value)
    {
        WriteTag(field, WireType.Varint);
        WriteVarint(value);
    }

    /// <summary>Writes a bytes, string or finished message field, also if it is empty.</summary>
    public void WriteField(int field, scoped ReadOnlySpan<byte> value)
    {
        WriteLength(field, value.Length);
        WriteRaw(value);
    }

    /// <summary>Copies bytes that are already encoded.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[_position..]);
        _position += bytes.Length;
    }

    /// <summary>Writes tag and length; the caller writes exactly <paramref name="length"/> bytes next.</summary>
    public void WriteLength(int field, int length)
    {
        WriteTag(field, WireType.LengthDelimited);
        WriteVarint((ulong)length);
    }

    private static int TagSize(int field) => VarintSize((ulong)field << 3);

    private void WriteTag(int field, WireType type) => WriteVarint(((ulong)field << 3) | (ulong)type);

    /// <summary>Writes a bare varint, without a tag.</summary>
    public void WriteVarint(ulong value)
    {
        while (value >= 0x80)
        {
            _buffer[_position++] = (byte)(value | 0x80);
            value >>= 7;
        }
        _buffer[_position++] = (byte)value;
    }
}
