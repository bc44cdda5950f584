using System.Net;
using Etcd.Pki.Names;

namespace Etcd.Pki.Checking;

/// <summary>Whether a certificate is good for a host, by the rules of Go's TLS: alternative names only, never the common name.</summary>
internal static class HostMatch
{
    public static bool Covers(AlternativeNames names, string host)
    {
        if (HostText.TryParseIp(host, out IPAddress? address))
            return names.Addresses.Contains(address);
        return names.Dns.Any(pattern => Matches(pattern, host.TrimEnd('.')));
    }

    // RFC 6125 §6.4.3: a wildcard stands for exactly one leftmost label.
    private static bool Matches(string pattern, string host)
    {
        if (!pattern.StartsWith("*.", StringComparison.Ordinal))
            return string.Equals(pattern, host, StringComparison.OrdinalIgnoreCase);
        int dot = host.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && string.Equals(pattern[1..], host[dot..], StringComparison.OrdinalIgnoreCase);
    }
}
