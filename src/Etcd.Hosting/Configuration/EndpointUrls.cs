namespace Etcd.Hosting.Configuration;

/// <summary>etcd's rules for the URLs of members and listeners.</summary>
internal static class EndpointUrls
{
    /// <summary>Reads a comma-separated list. An empty text gives an empty list.</summary>
    /// <returns>Null, or etcd's text for the first URL that breaks a rule.</returns>
    public static string? TryParse(string text, out IReadOnlyList<Uri> urls)
    {
        var list = new List<Uri>();
        urls = list;
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Uri.TryCreate(part, UriKind.Absolute, out Uri? url))
                return $"parse \"{part}\": first path segment in URL cannot contain colon or the URL is malformed";
            if (Refusal(part, url) is { } refusal)
                return refusal;
            list.Add(url);
        }
        return null;
    }

    /// <summary>Go prints the URL as it was written, without the trailing slash that <see cref="Uri"/> adds.</summary>
    public static string Print(Uri url) => url.OriginalString.TrimEnd('/');

    private static string? Refusal(string text, Uri url)
    {
        if (url.Scheme is not ("http" or "https" or "unix" or "unixs"))
            return $"URL scheme must be http, https, unix, or unixs: {text}";
        if (url.Scheme is "unix" or "unixs")
            return null;
        int authority = text.IndexOf("//", StringComparison.Ordinal) + 2;
        string hostAndPort = text[authority..].Split('/', '?', '#')[0];
        if (!HasPort(hostAndPort))
            return $"URL address does not have the form \"host:port\": {text}";
        return url.AbsolutePath is "/" or "" ? null : $"URL must not contain a path: {text}";
    }

    private static bool HasPort(string hostAndPort)
    {
        int colon = hostAndPort.LastIndexOf(':');
        return colon >= 0 && !hostAndPort[colon..].Contains(']') && ushort.TryParse(hostAndPort[(colon + 1)..], out _);
    }
}
