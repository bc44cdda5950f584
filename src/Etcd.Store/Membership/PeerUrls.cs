using System.Diagnostics.CodeAnalysis;
using Etcd.Foundation;

namespace Etcd.Store.Membership;

/// <summary>Lists of URLs of members: checked and normalised as etcd does it.</summary>
public static class PeerUrls
{
    /// <summary>Checks a list and brings it to the form that ids are computed from: trimmed, scheme in lower case, sorted.</summary>
    /// <param name="texts">As typed.</param>
    /// <param name="urls">Null if refused.</param>
    /// <param name="error">etcd's text if refused, else null.</param>
    public static bool TryNormalize(IReadOnlyCollection<string> texts, [NotNullWhen(true)] out IReadOnlyList<string>? urls, [NotNullWhen(false)] out string? error)
    {
        urls = null;
        error = texts.Count == 0 ? "no valid URLs given" : null;
        List<string> normal = [];
        foreach (string text in texts)
        {
            error = Check(text.Trim(), out string url);
            if (error is not null)
                break;
            normal.Add(url);
        }
        if (error is not null)
            return false;
        normal.Sort(GoStringComparer.Instance);
        urls = normal;
        return true;
    }

    private static string? Check(string text, out string url)
    {
        url = text;
        int schemeLength = SchemeLength(text);
        if (schemeLength == 0 && text.AsSpan(0, IndexOrEnd(text, '/')).Contains(':'))
            return $"parse \"{text}\": first path segment in URL cannot contain colon";
        string scheme = text[..schemeLength].ToLowerInvariant();
        if (scheme is not ("http" or "https" or "unix" or "unixs"))
            return $"URL scheme must be http, https, unix, or unixs: {text}";
        url = scheme + text[schemeLength..];
        if (scheme is "unix" or "unixs")
            return null;
        ReadOnlySpan<char> rest = text.AsSpan(schemeLength + 1);
        if (!rest.StartsWith("//"))
            return NoHostPort(text);
        rest = rest[2..];
        ReadOnlySpan<char> authority = rest[..IndexOfAnyOrEnd(rest, "/?#")];
        ReadOnlySpan<char> host = authority[(authority.LastIndexOf('@') + 1)..];
        if (!HasValidPort(host))
            return $"parse \"{text}\": invalid port \"{host[host.LastIndexOf(':')..]}\" after host";
        if (!IsHostPort(host))
            return NoHostPort(text);
        ReadOnlySpan<char> path = rest[authority.Length..];
        return path.StartsWith("/") ? $"URL must not contain a path: {text}" : null;
    }

    // A letter, then letters, digits, "+", "-" or ".", up to a colon; 0 if the text does not begin so.
    private static int SchemeLength(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || !char.IsAsciiLetter(text[0]))
            return 0;
        for (int i = 1; i < colon; i++)
        {
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('+' or '-' or '.'))
                return 0;
        }
        return colon;
    }

    private static bool HasValidPort(ReadOnlySpan<char> host)
    {
        int colon = host.LastIndexOf(':');
        return colon < 0 || host[colon..].Contains(']') || !host[(colon + 1)..].ContainsAnyExceptInRange('0', '9');
    }

    private static bool IsHostPort(ReadOnlySpan<char> host)
    {
        int colon = host.LastIndexOf(':');
        if (colon < 0)
            return false;
        ReadOnlySpan<char> name = host[..colon];
        return name.StartsWith("[") ? name.EndsWith("]") : !name.Contains(':');
    }

    private static string NoHostPort(string text) => $"URL address does not have the form \"host:port\": {text}";

    private static int IndexOrEnd(string text, char wanted)
    {
        int index = text.IndexOf(wanted, StringComparison.Ordinal);
        return index < 0 ? text.Length : index;
    }

    private static int IndexOfAnyOrEnd(ReadOnlySpan<char> text, ReadOnlySpan<char> wanted)
    {
        int index = text.IndexOfAny(wanted);
        return index < 0 ? text.Length : index;
    }
}
