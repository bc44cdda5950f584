using Etcd.Grpc.Client;

namespace Etcd.Client.Connections;

/// <summary>One endpoint as users write it, taken apart.</summary>
/// <param name="IsTls">True or false if the scheme says so; null leaves it to the client's settings.</param>
internal sealed record EndpointAddress(GrpcTarget Target, bool? IsTls)
{
    private const int DefaultPort = 2379;

    /// <summary>Reads <c>host:port</c>, <c>http(s)://host:port</c>, <c>unix(s):path</c> or <c>unix(s)://path</c>.</summary>
    /// <exception cref="FormatException">Not an address.</exception>
    public static EndpointAddress Parse(string text)
    {
        if (TryTakePrefix(text, "unix:", out string rest))
            return Unix(rest, isTls: false);
        if (TryTakePrefix(text, "unixs:", out rest))
            return Unix(rest, isTls: true);
        if (TryTakePrefix(text, "http://", out rest))
            return new EndpointAddress(HostAndPort(rest, text), IsTls: false);
        if (TryTakePrefix(text, "https://", out rest))
            return new EndpointAddress(HostAndPort(rest, text), IsTls: true);
        if (text.Contains("://", StringComparison.Ordinal))
            throw new FormatException($"endpoint \"{text}\": unknown scheme");
        return new EndpointAddress(HostAndPort(text, text), IsTls: null);
    }

    private static EndpointAddress Unix(string path, bool isTls)
    {
        if (path.StartsWith("//", StringComparison.Ordinal))
            path = path[2..];
        // Certificates are checked against the last part of the path, as the server names its socket host:port.
        string host = Path.GetFileName(path).Split(':')[0];
        return new EndpointAddress(new GrpcTarget(host.Length > 0 ? host : "localhost", 0, path), isTls);
    }

    private static GrpcTarget HostAndPort(string text, string whole)
    {
        int slash = text.IndexOf('/');
        string authority = slash < 0 ? text : text[..slash];
        int colon = authority.LastIndexOf(':');
        bool hasPort = colon >= 0 && authority.IndexOf(']', colon) < 0 && (authority.IndexOf(':') == colon || authority[0] == '[');
        string host = (hasPort ? authority[..colon] : authority).Trim('[', ']');
        int port = DefaultPort;
        if (host.Length == 0 || (hasPort && (!int.TryParse(authority.AsSpan(colon + 1), out port) || port is < 0 or > 65535)))
            throw new FormatException($"endpoint \"{whole}\": want host:port");
        return new GrpcTarget(host, port);
    }

    private static bool TryTakePrefix(string text, string prefix, out string rest)
    {
        bool found = text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase);
        rest = found ? text[prefix.Length..] : "";
        return found;
    }
}
