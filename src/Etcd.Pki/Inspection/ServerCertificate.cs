using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Inspection;

/// <summary>Fetches what a TLS server shows.</summary>
public static class ServerCertificate
{
    private const int HttpsPort = 443;

    private static readonly TimeSpan s_dialTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The certificate that a server presents, without judging it.</summary>
    /// <param name="server"><c>host</c> or <c>host:port</c>.</param>
    /// <param name="cancellation">Gives up earlier than after ten seconds.</param>
    /// <exception cref="PkiException">6000: no TLS server answered there; 1003: it shows something broken.</exception>
    public static async Task<X509Certificate2> FetchAsync(string server, CancellationToken cancellation)
    {
        IReadOnlyList<X509Certificate2> chain = await FetchChainAsync(server, address: null, cancellation);
        foreach (X509Certificate2 other in chain.Skip(1))
            other.Dispose();
        return chain[0];
    }

    /// <summary>The certificate and the intermediates that a server presents, the server's own first.</summary>
    /// <param name="server"><c>host</c> or <c>host:port</c>, also sent as server name.</param>
    /// <param name="address">Where to connect instead; null for the name's own address.</param>
    /// <param name="cancellation">Gives up earlier than after ten seconds.</param>
    /// <exception cref="PkiException">6000: no TLS server answered there.</exception>
    public static async Task<IReadOnlyList<X509Certificate2>> FetchChainAsync(string server, string? address, CancellationToken cancellation)
    {
        (string host, int port) = Split(server);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_dialTimeout);
        List<byte[]> chain = [];
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(address ?? host, port, limit.Token);
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    RemoteCertificateValidationCallback = (_, certificate, presented, _) => Collect(chain, certificate, presented),
                },
                limit.Token);
        }
        catch (Exception error) when (chain.Count == 0
            && (error is SocketException or IOException or AuthenticationException or ArgumentException
                || (error is OperationCanceledException && !cancellation.IsCancellationRequested)))
        {
            string reason = error is OperationCanceledException ? "i/o timeout" : (error.InnerException ?? error).Message;
            throw new PkiException(PkiErrorCategory.Dial, PkiReason.Unknown, $"dial tcp {host}:{port}: {reason}");
        }
        catch (Exception error) when (chain.Count > 0 && error is IOException or AuthenticationException)
        {
            // The server wanted a client certificate; what it showed of itself is all we came for.
        }
        return [.. chain.Select(static der => CertificateReader.ReadDer(der))];
    }

    // Meant to accept anything: the question is what the server shows, not whether it can be trusted.
    private static bool Collect(List<byte[]> chain, X509Certificate? certificate, X509Chain? presented)
    {
        if (certificate is null)
            return false;
        chain.Add(certificate.GetRawCertData());
        foreach (X509Certificate2 extra in presented?.ChainPolicy.ExtraStore ?? [])
            chain.Add(extra.RawData);
        return true;
    }

    private static (string Host, int Port) Split(string server)
    {
        int colon = server.LastIndexOf(':');
        bool hasPort = colon > server.LastIndexOf(']') && (server.IndexOf(':', StringComparison.Ordinal) == colon || server.StartsWith('['));
        string host = (hasPort ? server[..colon] : server).Trim('[', ']');
        if (!hasPort)
            return (host, HttpsPort);
        return int.TryParse(server.AsSpan(colon + 1), out int port) && port is > 0 and < 65536
            ? (host, port)
            : throw new PkiException(PkiErrorCategory.Dial, PkiReason.Unknown, $"dial tcp: address {server}: invalid port");
    }
}
