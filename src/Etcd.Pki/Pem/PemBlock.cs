using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Etcd.Pki.Pem;

/// <summary>One PEM block: a label, optional headers (legacy encrypted keys have them) and bytes.</summary>
/// <remarks>The framework's <see cref="PemEncoding"/> skips blocks with headers, so it cannot read a legacy encrypted key.</remarks>
public sealed class PemBlock
{
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const string Dashes = "-----";

    private static readonly Dictionary<string, string> s_noHeaders = new(StringComparer.Ordinal);

    private PemBlock(string label, IReadOnlyDictionary<string, string> headers, byte[] bytes)
    {
        Label = label;
        Headers = headers;
        Bytes = bytes;
    }

    /// <summary>The words after BEGIN, for example <c>RSA PRIVATE KEY</c>.</summary>
    public string Label { get; }

    public IReadOnlyDictionary<string, string> Headers { get; }

    public byte[] Bytes { get; }

    /// <summary>Finds the first whole block; text before it and broken blocks are skipped, as Go does.</summary>
    /// <param name="text">Any text; the search is linear in its length.</param>
    /// <param name="block">The block.</param>
    /// <param name="rest">What follows the block; the whole text if there is none.</param>
    public static bool TryRead(ReadOnlySpan<char> text, [NotNullWhen(true)] out PemBlock? block, out ReadOnlySpan<char> rest)
    {
        rest = text;
        while (FindAtLineStart(rest, End) is var end and >= 0)
        {
            // Only the last BEGIN before an END can make a block: base64 has no dashes.
            ReadOnlySpan<char> before = rest[..end];
            ReadOnlySpan<char> endLine = rest[(end + End.Length)..];
            rest = endLine;
            ReadOnlySpan<char> endLabel = TakeLine(ref rest).TrimEnd();
            if (TryReadBody(before, endLabel, out block))
                return true;
        }
        block = null;
        rest = text;
        return false;
    }

    /// <summary>All blocks of the text, in order.</summary>
    public static IReadOnlyList<PemBlock> ReadAll(ReadOnlySpan<char> text)
    {
        var blocks = new List<PemBlock>();
        while (TryRead(text, out PemBlock? block, out text))
            blocks.Add(block);
        return blocks;
    }

    /// <summary>The block as text: 64 characters per line, a newline at the end.</summary>
    public static string Write(string label, ReadOnlySpan<byte> bytes) => PemEncoding.WriteString(label, bytes) + "\n";

    private static bool TryReadBody(ReadOnlySpan<char> before, ReadOnlySpan<char> endLabel, [NotNullWhen(true)] out PemBlock? block)
    {
        block = null;
        int begin = before.LastIndexOf(Begin);
        if (begin < 0 || (begin > 0 && before[begin - 1] != '\n'))
            return false;
        ReadOnlySpan<char> body = before[(begin + Begin.Length)..];
        ReadOnlySpan<char> beginLabel = TakeLine(ref body).TrimEnd();
        if (!beginLabel.EndsWith(Dashes) || !beginLabel.SequenceEqual(endLabel))
            return false;
        Dictionary<string, string> headers = ReadHeaders(ref body);
        byte[] bytes = new byte[body.Length];
        if (!Convert.TryFromBase64Chars(body, bytes, out int written)) // Skips blanks and line breaks.
            return false;
        block = new PemBlock(beginLabel[..^Dashes.Length].ToString(), headers, bytes[..written]);
        return true;
    }

    private static Dictionary<string, string> ReadHeaders(ref ReadOnlySpan<char> body)
    {
        Dictionary<string, string>? headers = null;
        while (true)
        {
            ReadOnlySpan<char> following = body;
            ReadOnlySpan<char> line = TakeLine(ref following);
            int colon = line.IndexOf(':');
            if (colon < 0)
                return headers ?? s_noHeaders;
            headers ??= new(StringComparer.Ordinal);
            headers[line[..colon].Trim().ToString()] = line[(colon + 1)..].Trim().ToString();
            body = following;
        }
    }

    private static int FindAtLineStart(ReadOnlySpan<char> text, string mark)
    {
        for (int from = 0; from < text.Length;)
        {
            int found = text[from..].IndexOf(mark);
            if (found < 0)
                return -1;
            found += from;
            if (found == 0 || text[found - 1] == '\n')
                return found;
            from = found + mark.Length;
        }
        return -1;
    }

    private static ReadOnlySpan<char> TakeLine(ref ReadOnlySpan<char> text)
    {
        int end = text.IndexOf('\n');
        ReadOnlySpan<char> line = end < 0 ? text : text[..end];
        text = end < 0 ? [] : text[(end + 1)..];
        return line.TrimEnd('\r');
    }
}
