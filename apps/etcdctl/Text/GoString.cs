using System.Globalization;
using System.Text;

namespace Etcdctl.Text;

/// <summary>Strings as Go has them: bytes that are usually UTF-8 but need not be.</summary>
/// <remarks>A byte that is not part of valid UTF-8 is carried through .NET strings as the lone surrogate U+DC00 + byte, so that
/// what came in on the command line or standard input goes out unchanged.</remarks>
internal static class GoString
{
    private const int SmuggledBase = 0xdc00;

    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out int used) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
                bytes = bytes[used..];
            }
            else
            {
                text.Append((char)(SmuggledBase + bytes[0]));
                bytes = bytes[1..];
            }
        }
        return text.ToString();
    }

    public static byte[] Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
            return Encoding.UTF8.GetBytes(text);
        var bytes = new MemoryStream(text.Length);
        Span<byte> utf8 = stackalloc byte[4];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is >= (char)(SmuggledBase + 0x80) and <= (char)(SmuggledBase + 0xff) && (i == 0 || !char.IsHighSurrogate(text[i - 1])))
            {
                bytes.WriteByte((byte)(text[i] - SmuggledBase));
                continue;
            }
            Rune rune = Rune.TryGetRuneAt(text, i, out Rune whole) ? whole : Rune.ReplacementChar;
            bytes.Write(utf8[..rune.EncodeToUtf8(utf8)]);
            i += rune.Utf16SequenceLength - 1;
        }
        return bytes.ToArray();
    }

    /// <summary>Go's <c>%q</c>.</summary>
    public static string Quote(string text) => Quote(Encode(text));

    /// <inheritdoc cref="Quote(string)"/>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        var quoted = new StringBuilder(bytes.Length + 2).Append('"');
        while (!bytes.IsEmpty)
        {
            bool isValid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int used) == System.Buffers.OperationStatus.Done;
            if (isValid)
                AppendQuoted(quoted, rune);
            else
                quoted.Append($"\\x{bytes[0]:x2}");
            bytes = bytes[(isValid ? used : 1)..];
        }
        return quoted.Append('"').ToString();
    }

    /// <summary>Reads a double-quoted Go string at the beginning of the text.</summary>
    /// <returns>False if there is none, or it does not end.</returns>
    public static bool TryUnquote(ReadOnlySpan<char> text, out string value, out int used)
    {
        value = "";
        used = 0;
        if (text.IsEmpty || text[0] != '"')
            return false;
        var bytes = new MemoryStream();
        for (int i = 1; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                value = Decode(bytes.GetBuffer().AsSpan(0, (int)bytes.Length));
                used = i + 1;
                return true;
            }
            if (text[i] != '\\')
            {
                int letters = char.IsHighSurrogate(text[i]) && i + 1 < text.Length ? 2 : 1;
                bytes.Write(Encode(text.Slice(i, letters).ToString()));
                i += letters - 1;
            }
            else if (!TryUnescape(text, ref i, bytes))
            {
                return false;
            }
        }
        return false;
    }

    private static bool TryUnescape(ReadOnlySpan<char> text, ref int i, MemoryStream bytes)
    {
        if (++i >= text.Length)
            return false;
        char letter = text[i];
        int simple = "abfnrtv\\\"'".IndexOf(letter);
        if (simple >= 0)
        {
            bytes.WriteByte("\a\b\f\n\r\t\v\\\"'"u8[simple]);
            return true;
        }
        int digits = letter switch { 'x' => 2, 'u' => 4, 'U' => 8, >= '0' and <= '7' => 3, _ => 0 };
        bool isOctal = letter is >= '0' and <= '7';
        int from = isOctal ? i : i + 1;
        if (digits == 0 || from + digits > text.Length)
            return false;
        uint code = 0;
        foreach (char digit in text.Slice(from, digits))
        {
            if (!char.IsAsciiHexDigit(digit) || (isOctal && digit > '7'))
                return false;
            code = (code * (isOctal ? 8u : 16u)) + (uint)Convert.ToInt32(digit.ToString(), 16);
        }
        i = from + digits - 1;
        if (letter is 'u' or 'U')
        {
            if (!Rune.TryCreate(code, out Rune rune))
                return false;
            bytes.Write(Encoding.UTF8.GetBytes(rune.ToString()));
            return true;
        }
        bytes.WriteByte((byte)code);
        return code <= 0xff;
    }

    private static void AppendQuoted(StringBuilder quoted, Rune rune)
    {
        int simple = "\a\b\f\n\r\t\v\\\"".IndexOf((char)rune.Value, StringComparison.Ordinal);
        if (simple >= 0 && rune.Value < 0x80)
            quoted.Append('\\').Append("abfnrtv\\\""[simple]);
        else if (IsPrintable(rune))
            quoted.Append(rune.ToString());
        else if (rune.Value < 0x80)
            quoted.Append($"\\x{rune.Value:x2}");
        else
            quoted.Append(rune.Value < 0x10000 ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}");
    }

    // strconv.IsPrint: letters, marks, numbers, punctuation, symbols, and of all spaces only the ASCII one.
    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
