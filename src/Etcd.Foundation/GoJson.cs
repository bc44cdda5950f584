using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Etcd.Foundation;

/// <summary>Pieces of JSON text spelled as Go's encoding/json spells them, for documents that must be equal byte for byte.</summary>
public static class GoJson
{
    private static readonly SearchValues<char> s_special = SearchValues.Create(
        "\"\\<>&\u2028\u2029\0\x01\x02\x03\x04\x05\x06\x07\b\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f");

    /// <summary>Writes a quoted string. Besides what JSON demands, <c>&lt;</c>, <c>&gt;</c>, <c>&amp;</c>, U+2028 and U+2029
    /// are escaped; other characters stay UTF-8; a lone surrogate becomes <c>\ufffd</c>.</summary>
    public static void WriteString(IBufferWriter<byte> output, ReadOnlySpan<char> value)
    {
        WriteAscii(output, "\""u8);
        while (!value.IsEmpty)
        {
            int plain = value.IndexOfAny(s_special);
            WritePlain(output, plain < 0 ? value : value[..plain]);
            if (plain < 0)
                break;
            WriteEscape(output, value[plain]);
            value = value[(plain + 1)..];
        }
        WriteAscii(output, "\""u8);
    }

    public static void WriteNumber(IBufferWriter<byte> output, ulong value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(20), out int bytes);
        output.Advance(bytes);
    }

    public static void WriteNumber(IBufferWriter<byte> output, long value)
    {
        Utf8Formatter.TryFormat(value, output.GetSpan(20), out int bytes);
        output.Advance(bytes);
    }

    /// <summary>Writes text as it is: punctuation, names, literals.</summary>
    public static void WriteAscii(IBufferWriter<byte> output, ReadOnlySpan<byte> text) => output.Write(text);

    private static void WritePlain(IBufferWriter<byte> output, ReadOnlySpan<char> value)
    {
        while (!value.IsEmpty)
        {
            int lone = IndexOfLoneSurrogate(value);
            ReadOnlySpan<char> whole = lone < 0 ? value : value[..lone];
            Encoding.UTF8.GetBytes(whole, output);
            if (lone < 0)
                return;
            WriteAscii(output, @"\ufffd"u8);
            value = value[(lone + 1)..];
        }
    }

    private static int IndexOfLoneSurrogate(ReadOnlySpan<char> value)
    {
        for (int i = value.IndexOfAnyInRange('\ud800', '\udfff'); i >= 0 && i < value.Length; i++)
        {
            if (!char.IsSurrogate(value[i]))
                continue;
            if (i + 1 == value.Length || !char.IsSurrogatePair(value[i], value[i + 1]))
                return i;
            i++;
        }
        return -1;
    }

    private static void WriteEscape(IBufferWriter<byte> output, char special)
    {
        switch (special)
        {
            case '"':
                WriteAscii(output, "\\\""u8);
                break;
            case '\\':
                WriteAscii(output, "\\\\"u8);
                break;
            case '\n':
                WriteAscii(output, "\\n"u8);
                break;
            case '\r':
                WriteAscii(output, "\\r"u8);
                break;
            case '\t':
                WriteAscii(output, "\\t"u8);
                break;
            default:
                Span<byte> escape = output.GetSpan(6);
                "\\u"u8.CopyTo(escape);
                Utf8Formatter.TryFormat((ushort)special, escape[2..], out _, new StandardFormat('x', 4));
                output.Advance(6);
                break;
        }
    }
}
