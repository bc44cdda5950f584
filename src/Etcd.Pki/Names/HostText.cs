using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Etcd.Pki.Names;

/// <summary>Decides what a host text of a request is, by the rules of the Go functions that cfssl asks.</summary>
/// <remarks>The framework's own parsers are more generous (an IP of two parts, a host with a port as IP), and a name that
/// lands in the wrong kind makes a certificate that no client accepts.</remarks>
internal static class HostText
{
    private const string MailAtomSymbols = "!#$%&'*+-/=?^_`{|}~";
    private const string UriPathSymbols = "-_.~$&+,/:;=@!'()*%";

    /// <summary>Dotted decimal IPv4 without leading zeros, or IPv6 without zone and brackets.</summary>
    public static bool TryParseIp(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        if (text.Contains(':'))
            return text.AsSpan().IndexOfAny("[]%/") < 0
                && IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetworkV6;
        string[] parts = text.Split('.');
        if (parts.Length != 4)
            return false;
        Span<byte> octets = stackalloc byte[4];
        for (int i = 0; i < 4; i++)
        {
            string part = parts[i];
            if (part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || !part.All(char.IsAsciiDigit) || !byte.TryParse(part, out octets[i]))
                return false;
        }
        address = new IPAddress(octets);
        return true;
    }

    /// <summary><c>local@domain</c>, <c>&lt;local@domain&gt;</c> or <c>Name &lt;local@domain&gt;</c> (RFC 5322, no comments, no groups).</summary>
    public static bool TryParseMail(string text, [NotNullWhen(true)] out string? mail)
    {
        mail = null;
        ReadOnlySpan<char> rest = text.AsSpan().Trim(" \t");
        if (rest.EndsWith(">"))
        {
            int open = rest.LastIndexOf('<');
            if (open < 0 || !IsPhrase(rest[..open].Trim()))
                return false;
            rest = rest[(open + 1)..^1].Trim(" \t");
        }
        int at = rest.LastIndexOf('@');
        if (at <= 0 || !(IsDotAtom(rest[..at]) || IsQuoted(rest[..at])))
            return false;
        ReadOnlySpan<char> domain = rest[(at + 1)..];
        bool isLiteral = domain is ['[', .., ']'] && domain[1..^1].IndexOfAny("[]\\") < 0;
        if (!isLiteral && !IsDotAtom(domain))
            return false;
        mail = rest.ToString();
        return true;
    }

    /// <summary>An absolute URI, <c>scheme:opaque</c>, an absolute path or <c>*</c>, as Go's <c>url.ParseRequestURI</c> takes them.</summary>
    /// <param name="text">So <c>host:8080</c> is a URI with the scheme "host".</param>
    /// <param name="uri">The text with what must be escaped escaped.</param>
    public static bool TryParseUri(string text, [NotNullWhen(true)] out string? uri)
    {
        uri = null;
        if (text.Length == 0 || text.Any(static character => character is < ' ' or '\x7f'))
            return false;
        if (text == "*")
        {
            uri = text;
            return true;
        }
        if (!TrySplitScheme(text, out int schemeLength))
            return false;
        string rest = text[(schemeLength == 0 ? 0 : schemeLength + 1)..];
        if (!rest.StartsWith('/'))
        {
            uri = schemeLength > 0 ? string.Concat(text[..schemeLength].ToLowerInvariant(), ":", rest) : null;
            return uri is not null;
        }
        string scheme = schemeLength > 0 ? text[..schemeLength].ToLowerInvariant() + ":" : "";
        string authority = "";
        if (schemeLength > 0 && rest.StartsWith("//", StringComparison.Ordinal))
        {
            int end = rest.AsSpan(2).IndexOfAny("/?");
            authority = end < 0 ? rest : rest[..(end + 2)];
            rest = rest[authority.Length..];
            if (!IsAuthority(authority.AsSpan(2)))
                return false;
        }
        if (!TryEscapePath(rest, out string? path))
            return false;
        uri = scheme + authority + path;
        return true;
    }

    private static bool TrySplitScheme(string text, out int length)
    {
        length = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char character = text[i];
            if (char.IsAsciiLetter(character))
                continue;
            if (char.IsAsciiDigit(character) || character is '+' or '-' or '.')
            {
                if (i == 0)
                    return true; // No scheme: the rest decides.
                continue;
            }
            if (character == ':')
            {
                length = i;
                return i > 0;
            }
            return true;
        }
        return true;
    }

    private static bool IsAuthority(ReadOnlySpan<char> authority)
    {
        int at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            foreach (char character in authority[..at])
            {
                if (!char.IsAsciiLetterOrDigit(character) && !"-._:~!$&'()*+,;=%@".Contains(character, StringComparison.Ordinal))
                    return false;
            }
            authority = authority[(at + 1)..];
        }
        int portColon = authority.LastIndexOf(':');
        if (authority.StartsWith("["))
        {
            int close = authority.LastIndexOf(']');
            if (close < 0)
                return false;
            portColon = authority.Length > close + 1 ? close + 1 : -1;
            if (portColon >= 0 && authority[portColon] != ':')
                return false;
        }
        if (portColon >= 0 && authority[(portColon + 1)..].IndexOfAnyExceptInRange('0', '9') >= 0)
            return false;
        ReadOnlySpan<char> host = portColon >= 0 ? authority[..portColon] : authority;
        return host.IndexOfAny(" ^{}|\\`#") < 0;
    }

    private static bool TryEscapePath(string rest, [NotNullWhen(true)] out string? escaped)
    {
        escaped = null;
        int query = rest.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? rest : rest[..query];
        var text = new StringBuilder(rest.Length);
        for (int i = 0; i < path.Length; i++)
        {
            char character = path[i];
            if (character == '%' && (i + 2 >= path.Length || !char.IsAsciiHexDigit(path[i + 1]) || !char.IsAsciiHexDigit(path[i + 2])))
                return false;
            if (char.IsAsciiLetterOrDigit(character) || UriPathSymbols.Contains(character, StringComparison.Ordinal))
                text.Append(character);
            else if (char.IsAscii(character))
                text.Append('%').Append(((int)character).ToString("X2"));
            else
                text.Append(EscapeRune(path, ref i));
        }
        escaped = text.Append(query < 0 ? "" : rest[query..]).ToString();
        return true;
    }

    private static string EscapeRune(string text, ref int index)
    {
        Rune.DecodeFromUtf16(text.AsSpan(index), out Rune rune, out int consumed);
        index += consumed - 1;
        Span<byte> utf8 = stackalloc byte[4];
        var escaped = new StringBuilder();
        foreach (byte octet in utf8[..rune.EncodeToUtf8(utf8)])
            escaped.Append('%').Append(octet.ToString("X2"));
        return escaped.ToString();
    }

    private static bool IsPhrase(ReadOnlySpan<char> phrase)
    {
        if (phrase.IsEmpty || IsQuoted(phrase))
            return true;
        foreach (Range word in phrase.Split(' '))
        {
            if (!phrase[word].IsEmpty && !IsDotAtom(phrase[word]) && !IsQuoted(phrase[word]))
                return false;
        }
        return true;
    }

    private static bool IsDotAtom(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] == '.' || text[^1] == '.' || text.IndexOf("..") >= 0)
            return false;
        foreach (char character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character != '.' && character < '\x80'
                && !MailAtomSymbols.Contains(character, StringComparison.Ordinal))
                return false;
        }
        return true;
    }

    private static bool IsQuoted(ReadOnlySpan<char> text) =>
        text is ['"', .., '"'] && text.Length > 2 && text[1..^1].IndexOf('"') < 0;
}
