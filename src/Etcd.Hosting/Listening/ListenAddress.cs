using System.Net;
using System.Net.Sockets;

namespace Etcd.Hosting.Listening;

/// <summary>Turns a listen URL into what a socket binds to.</summary>
internal static class ListenAddress
{
    public static EndPoint Of(Uri url)
    {
        if (url.Scheme is "unix" or "unixs")
            return new UnixDomainSocketEndPoint(UnixPath(url));
        // Go binds "localhost" to the IPv4 loopback address.
        IPAddress address = url.Host is "localhost" ? IPAddress.Loopback : IPAddress.Parse(url.Host.Trim('[', ']'));
        return new IPEndPoint(address, url.Port);
    }

    /// <summary>Compat: etcd takes the text behind <c>unix://</c>, host:port and all, as a file name.</summary>
    private static string UnixPath(Uri url) => url.OriginalString[(url.OriginalString.IndexOf("//", StringComparison.Ordinal) + 2)..];
}
