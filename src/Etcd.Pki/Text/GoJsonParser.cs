using System.Globalization;
using System.Text;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Text;

/// <summary>Reads JSON text and says what is wrong with it in the words of Go's decoder, which users of cfssl know.</summary>
/// <remarks>Invalid UTF-8 and lone surrogates become U+FFFD, as in Go. Nesting is limited to <see cref="MaxDepth"/>.</remarks>
internal ref struct GoJsonParser
{
    /// <summary>Go allows 10 000 levels on its growing stack; no file of this toolkit needs more than ten.</summary>
    private const int MaxDepth = 500;

    private readonly ReadOnlySpan<byte> _json;
    private int _next;
    private int _depth;

    private GoJsonParser(ReadOnlySpan<byte> json) => _json = json;

    /// <exception cref="PkiException">Not one JSON value; the message is Go's.</exception>
    public static GoJsonValue Parse(ReadOnlySpan<byte> json)
    {
        var parser = new GoJsonParser(json);
        GoJsonValue value = parser.ReadValue();
        parser.SkipBlanks();
        if (parser._next < json.Length)
            throw parser.Unexpected("after top-level value");
        return value;
    }

    private GoJsonValue ReadValue()
    {
        switch (PeekToken())
        {
            case (byte)'{':
                return ReadObject();
            case (byte)'[':
                return ReadArray();
            case (byte)'"':
                return GoJsonValue.OfString(ReadString());
            case (byte)'t':
                ReadLiteral("true");
                return GoJsonValue.OfBoolean(true);
            case (byte)'f':
                ReadLiteral("false");
                return GoJsonValue.OfBoolean(false);
            case (byte)'n':
                ReadLiteral("null");
                return GoJsonValue.Null;
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return GoJsonValue.OfNumber(ReadNumber());
            default:
                throw Unexpected("looking for beginning of value");
        }
    }

    private GoJsonValue ReadObject()
    {
        Enter();
        var members = new List<KeyValuePair<string, GoJsonValue>>();
        if (PeekToken() == '}')
        {
            Leave();
            return GoJsonValue.OfObject(members);
        }
        while (true)
        {
            if (PeekToken() != '"')
                throw Unexpected("looking for beginning of object key string");
            string name = ReadString();
            if (PeekToken() != ':')
                throw Unexpected("after object key");
            _next++;
            members.Add(new(name, ReadValue()));
            byte token = PeekToken();
            if (token == '}')
            {
                Leave();
                return GoJsonValue.OfObject(members);
            }
            if (token != ',')
                throw Unexpected("after object key:value pair");
            _next++;
        }
    }

    private GoJsonValue ReadArray()
    {
        Enter();
        var items = new List<GoJsonValue>();
        if (PeekToken() == ']')
        {
            Leave();
            return GoJsonValue.OfArray(items);
        }
        while (true)
        {
            items.Add(ReadValue());
            byte token = PeekToken();
            if (token == ']')
            {
                Leave();
                return GoJsonValue.OfArray(items);
            }
            if (token != ',')
                throw Unexpected("after array element");
            _next++;
        }
    }

    private void Enter()
    {
        _next++;
        if (++_depth > MaxDepth)
            throw new PkiException("exceeded max depth");
    }

    private void Leave()
    {
        _next++;
        _depth--;
    }

    private string ReadString()
    {
        _next++;
        var octets = new List<byte>();
        var text = new StringBuilder();
        while (true)
        {
            byte octet = Peek();
            if (octet == '"')
            {
                _next++;
                Flush(octets, text);
                return text.ToString();
            }
            if (octet < 0x20)
                throw Unexpected("in string literal");
            if (octet == '\\')
            {
                _next++;
                Flush(octets, text);
                ReadEscape(text);
                continue;
            }
            octets.Add(octet);
            _next++;
        }
    }

    private static void Flush(List<byte> octets, StringBuilder text)
    {
        // UTF8.GetString replaces what is not UTF-8 by U+FFFD.
        text.Append(Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(octets)));
        octets.Clear();
    }

    private void ReadEscape(StringBuilder text)
    {
        char plain = Peek() switch
        {
            (byte)'"' => '"',
            (byte)'\\' => '\\',
            (byte)'/' => '/',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'u' => '\0',
            _ => throw Unexpected("in string escape code"),
        };
        _next++;
        if (plain != '\0')
        {
            text.Append(plain);
            return;
        }
        char unit = ReadHex4();
        if (!char.IsSurrogate(unit))
        {
            text.Append(unit);
            return;
        }
        int afterFirst = _next;
        if (char.IsHighSurrogate(unit) && _json[_next..].StartsWith("\\u"u8))
        {
            _next += 2;
            char second = ReadHex4();
            if (char.IsLowSurrogate(second))
            {
                text.Append(unit).Append(second);
                return;
            }
            _next = afterFirst; // Not a pair: the second escape stands for itself.
        }
        text.Append('\uFFFD');
    }

    private char ReadHex4()
    {
        int value = 0;
        for (int i = 0; i < 4; i++)
        {
            if (!char.IsAsciiHexDigit((char)Peek()))
                throw Unexpected("in \\u hexadecimal character escape");
            value = (value << 4) | Convert.ToInt32(((char)_json[_next]).ToString(), 16);
            _next++;
        }
        return (char)value;
    }

    private void ReadLiteral(string literal)
    {
        for (int i = 0; i < literal.Length; i++)
        {
            if (_next >= _json.Length || _json[_next] != literal[i])
                throw Unexpected($"in literal {literal} (expecting '{literal[i]}')");
            _next++;
        }
    }

    private string ReadNumber()
    {
        int start = _next;
        if (_json[_next] == '-')
        {
            _next++;
            if (!char.IsAsciiDigit((char)Peek()))
                throw Unexpected("in numeric literal");
        }
        if (_json[_next] == '0')
            _next++;
        else
            SkipDigits();
        if (_next < _json.Length && _json[_next] == '.')
        {
            _next++;
            if (!char.IsAsciiDigit((char)Peek()))
                throw Unexpected("after decimal point in numeric literal");
            SkipDigits();
        }
        if (_next < _json.Length && _json[_next] is (byte)'e' or (byte)'E')
        {
            _next++;
            if (Peek() is (byte)'+' or (byte)'-')
                _next++;
            if (!char.IsAsciiDigit((char)Peek()))
                throw Unexpected("in exponent of numeric literal");
            SkipDigits();
        }
        return Encoding.ASCII.GetString(_json[start.._next]);
    }

    private void SkipDigits()
    {
        while (_next < _json.Length && char.IsAsciiDigit((char)_json[_next]))
            _next++;
    }

    private void SkipBlanks()
    {
        while (_next < _json.Length && _json[_next] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            _next++;
    }

    /// <summary>The next byte that is not a blank.</summary>
    private byte PeekToken()
    {
        SkipBlanks();
        return Peek();
    }

    private readonly byte Peek() => _next < _json.Length ? _json[_next] : throw new PkiException("unexpected end of JSON input");

    private readonly PkiException Unexpected(string where)
    {
        if (_next >= _json.Length)
            return new PkiException("unexpected end of JSON input");
        int line = 1 + _json[.._next].Count((byte)'\n');
        int column = _next - (_json[.._next].LastIndexOf((byte)'\n') + 1) + 1;
        return new PkiException(
            $"invalid character {QuoteCharacter(_json[_next])} {where}",
            $"the JSON breaks at line {line.ToString(CultureInfo.InvariantCulture)}, column {column.ToString(CultureInfo.InvariantCulture)}");
    }

    // Compat: Go quotes one byte as if it were a Latin-1 character.
    private static string QuoteCharacter(byte octet) => (char)octet switch
    {
        '\'' => "'\\''",
        '"' => "'\"'",
        '\\' => "'\\\\'",
        '\a' => "'\\a'",
        '\b' => "'\\b'",
        '\f' => "'\\f'",
        '\n' => "'\\n'",
        '\r' => "'\\r'",
        '\t' => "'\\t'",
        '\v' => "'\\v'",
        < ' ' or '\x7f' => $"'\\x{octet:x2}'",
        (>= '\x80' and <= '\xa0') or '\xad' => $"'\\u00{octet:x2}'",
        var printable => $"'{printable}'",
    };
}
