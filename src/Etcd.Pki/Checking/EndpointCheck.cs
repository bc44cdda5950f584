using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Bundles;
using Etcd.Pki.Cluster;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Names;

namespace Etcd.Pki.Checking;

/// <summary>Talks to a running member and explains what happens.</summary>
internal sealed class EndpointCheck(
    string endpoint,
    FileCatalog catalog,
    IReadOnlyList<X509Certificate2> authorities,
    TimeProvider clock,
    Cures cures,
    PkiCheck.UserQuestion? findUser)
{
    private const int DefaultPort = 2379;

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromMinutes(2);

    private readonly List<Finding> _findings = [];

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellation)
    {
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
        {
            Add(FindingLevel.Error, "is no URL of a member", "write it like https://10.0.0.1:2379");
            return _findings;
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_limit);
        string host = url.Host.Trim('[', ']');
        // Uri knows the ports of http and https; a client URL without a port means etcd's.
        int port = url.IsDefaultPort && !endpoint.TrimEnd('/').EndsWith($":{url.Port}", StringComparison.Ordinal) ? DefaultPort : url.Port;
        using var tcp = new TcpClient();
        try
        {
            await tcp.ConnectAsync(host, port, limit.Token);
        }
        catch (Exception error) when (error is SocketException || (error is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            string reason = error is SocketException socket ? socket.Message : "no answer within 5 s";
            Add(FindingLevel.Error, $"cannot be reached: {reason}", $"is the member running, and does it listen there? On its machine: ss -ltnp | grep {port.ToString(CultureInfo.InvariantCulture)}");
            return _findings;
        }
        if (url.Scheme == "http")
            await CheckClearTextAsync(tcp, limit.Token);
        else
            await CheckTlsAsync(tcp, host, limit.Token, cancellation);
        return _findings;
    }

    private async Task CheckClearTextAsync(TcpClient tcp, CancellationToken limit)
    {
        string? answer = await AskHealthAsync(tcp.GetStream(), limit);
        if (answer is null || !answer.StartsWith("HTTP/", StringComparison.Ordinal))
            Add(FindingLevel.Error, "does not speak clear HTTP; it expects TLS", $"use https: {endpoint.Replace("http://", "https://", StringComparison.Ordinal)}");
        else
            Add(FindingLevel.Warning, "speaks clear HTTP: certificates play no part, everybody in between can read and change what is said", "give the member --cert-file, --key-file and https URLs; etcdctl pki up writes all of it");
    }

    private async Task CheckTlsAsync(TcpClient tcp, string host, CancellationToken limit, CancellationToken cancellation)
    {
        EndPoint address = tcp.Client.RemoteEndPoint!;
        (LeafFile File, KeyFile Key)? identity = FindIdentity();
        using X509Certificate2? own = identity?.Key.Key.Attach(identity.Value.File.Certificate);
        var shown = new List<byte[]>();
        bool isClientAsked = false;
        await using var tls = new SslStream(tcp.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = host,
                    // Accepts anything on purpose: what the server shows is judged below, with a sentence for each fault.
                    RemoteCertificateValidationCallback = (_, certificate, chain, _) => Collect(shown, certificate, chain),
                    // Called once before anything is said, without a remote certificate, and again when the server asks for ours.
                    LocalCertificateSelectionCallback = (_, _, _, remote, _) =>
                    {
                        isClientAsked |= remote is not null;
                        return remote is null ? null! : own!;
                    },
                },
                limit);
        }
        catch (Exception error) when (error is AuthenticationException or IOException or OperationCanceledException)
        {
            if (shown.Count == 0)
            {
                await ReportNoTlsAsync((IPEndPoint)address, error);
                return;
            }
        }
        try
        {
            JudgeServer([.. shown.Select(static der => CertificateReader.ReadDer(der))], host);
        }
        catch (PkiException)
        {
            Add(FindingLevel.Error, "shows a damaged certificate", "copy the member's certificate file again, byte for byte");
        }
        string? answer = tls.IsAuthenticated ? await AskHealthAsync(tls, limit) : null;
        if (answer is null)
            ReportRefusal(identity?.File, isClientAsked);
        else
            await ReportAnswerAsync(answer, identity, isClientAsked, cancellation);
    }

    // The pair to present: one whose key is here, rather a client's than another.
    private (LeafFile File, KeyFile Key)? FindIdentity()
    {
        foreach (LeafFile leaf in catalog.Leaves.OrderByDescending(static leaf => leaf.Role == EtcdRole.Client))
        {
            if (catalog.Keys.FirstOrDefault(key => key.Key.Matches(leaf.Certificate.PublicKey)) is { } key)
                return (leaf, key);
        }
        return null;
    }

    private static bool Collect(List<byte[]> shown, X509Certificate? certificate, X509Chain? chain)
    {
        if (certificate is null)
            return false;
        shown.Add(certificate.GetRawCertData());
        foreach (X509Certificate2 extra in chain?.ChainPolicy.ExtraStore ?? [])
            shown.Add(extra.RawData);
        return true;
    }

    private async Task ReportNoTlsAsync(IPEndPoint address, Exception error)
    {
        // A second connection tells whether the port speaks clear HTTP.
        using var tcp = new TcpClient();
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            await tcp.ConnectAsync(address, limit.Token);
            if ((await AskHealthAsync(tcp.GetStream(), limit.Token))?.StartsWith("HTTP/", StringComparison.Ordinal) == true)
            {
                Add(FindingLevel.Error, "speaks clear HTTP, not TLS", $"the member listens with http:// there: give it https:// URLs and --cert-file, --key-file, or use {endpoint.Replace("https://", "http://", StringComparison.Ordinal)}");
                return;
            }
        }
        catch (Exception problem) when (problem is SocketException or OperationCanceledException)
        {
            // The first failure is the one to tell.
        }
        Add(FindingLevel.Error, $"does not complete a TLS handshake: {(error.InnerException ?? error).Message}", "look at the member's log; its certificate or key may be unreadable");
    }

    private void JudgeServer(List<X509Certificate2> seen, string host)
    {
        X509Certificate2 certificate = seen[0];
        DateTimeOffset now = clock.GetUtcNow();
        AlternativeNames names = AlternativeNames.Of(certificate);
        int before = _findings.Count;
        if (authorities.Count == 0)
            Add(FindingLevel.Warning, $"shows a certificate from \"{SubjectName.FromDer(certificate.IssuerName)}\"; no CA file was given to check it with", "name the CA file too");
        else if (new ChainFinder(authorities, [.. seen.Skip(1)], now).Find(certificate).Count == 0)
            Add(FindingLevel.Error, DescribeDistrust(certificate, now), "trust the CA of the member's certificate (--cacert), or give the member a certificate of yours");
        if (!HostMatch.Covers(names, host))
        {
            string valid = string.Join(", ", names.Addresses.Select(static address => address.ToString()).Concat(names.Dns));
            Add(FindingLevel.Error, $"shows a certificate for {(valid.Length > 0 ? valid : "no names at all")}, not for {host}: clients that call it so will refuse it", cures.Reissue("server.pem", certificate, EtcdRole.Server, [host]));
        }
        if (CertificateUsage.Missing(certificate, EtcdRole.Server).Contains("server auth", StringComparer.Ordinal))
            Add(FindingLevel.Error, "shows a certificate without the usage \"server auth\"", cures.Reissue("server.pem", certificate, EtcdRole.Server, []));
        if (_findings.Count == before)
            Add(FindingLevel.Fine, $"shows a certificate for {host}, good until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}", "");
    }

    private string DescribeDistrust(X509Certificate2 certificate, DateTimeOffset now)
    {
        DateTime end = certificate.NotAfter.ToUniversalTime();
        DateTime start = certificate.NotBefore.ToUniversalTime();
        if (now.UtcDateTime > end)
            return $"shows a certificate that expired on {end:yyyy-MM-dd HH:mm:ss} UTC";
        if (now.UtcDateTime < start)
            return $"shows a certificate that is not valid before {start:yyyy-MM-dd HH:mm:ss} UTC; one of the two clocks is wrong";
        return CertificateSignature.IsSelfSigned(certificate)
            ? "shows a self-signed certificate (as --auto-tls makes them), which no CA vouches for"
            : $"shows a certificate from \"{SubjectName.FromDer(certificate.IssuerName)}\", which is none of the CAs given";
    }

    private void ReportRefusal(LeafFile? identity, bool isClientAsked)
    {
        if (identity is null)
        {
            Add(FindingLevel.Error, isClientAsked ? "demands a client certificate, and none was given" : "ends the connection after the handshake, as a member does that demands a client certificate", "name a client certificate and its key too (etcdctl: --cert, --key)");
            return;
        }
        IReadOnlyList<string> missing = CertificateUsage.Missing(identity.Certificate, EtcdRole.Client);
        string reason = missing.Count > 0 ? $"it lacks the usage \"{missing[0]}\"" : "it is not from the CA that the member trusts (--trusted-ca-file), or the member's clock disagrees with its dates";
        Add(FindingLevel.Error, $"refuses the client certificate {identity.Path}: {reason}", cures.Reissue(identity.Path, identity.Certificate, EtcdRole.Client, []));
    }

    private async Task ReportAnswerAsync(string answer, (LeafFile File, KeyFile Key)? identity, bool isClientAsked, CancellationToken cancellation)
    {
        Add(FindingLevel.Fine, identity is { } pair && isClientAsked ? $"accepts {pair.File.Path}" : "answers", "");
        CheckClock(answer);
        if (identity is not { } known || !isClientAsked || findUser is null)
            return;
        string commonName = SubjectName.FromDer(known.File.Certificate.SubjectName).CommonName;
        string? complaint = await findUser(endpoint, known.File.Path, known.Key.Path, catalog.Authorities.FirstOrDefault()?.Path, commonName, cancellation);
        if (complaint is not null)
            Add(FindingLevel.Error, complaint, commonName.Length > 0
                ? $"etcdctl user add {commonName} --no-password && etcdctl user grant-role {commonName} ROLE, or use a certificate whose common name is a user"
                : "use a certificate whose common name is a user");
    }

    private void CheckClock(string answer)
    {
        string? line = answer.Split("\r\n").FirstOrDefault(static line => line.StartsWith("Date:", StringComparison.OrdinalIgnoreCase));
        if (line is null || !DateTimeOffset.TryParseExact(line["Date:".Length..].Trim(), "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset theirs))
            return;
        TimeSpan difference = theirs - clock.GetUtcNow();
        if (difference.Duration() > s_clockTolerance)
            Add(FindingLevel.Warning, $"has a clock that is {(int)difference.Duration().TotalSeconds} s {(difference > TimeSpan.Zero ? "ahead of" : "behind")} this machine's; certificates may be valid for one and not for the other", "timedatectl set-ntp true, on both");
    }

    // The head of the answer to GET /health; null if the other side hangs up instead.
    private static async Task<string?> AskHealthAsync(Stream stream, CancellationToken limit)
    {
        byte[] buffer = new byte[4096];
        try
        {
            await stream.WriteAsync("GET /health HTTP/1.1\r\nHost: etcd\r\nConnection: close\r\n\r\n"u8.ToArray(), limit);
            int count = await stream.ReadAsync(buffer, limit);
            return count == 0 ? null : Encoding.Latin1.GetString(buffer, 0, count);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return null;
        }
    }

    private void Add(FindingLevel level, string text, string cure) => _findings.Add(new Finding(level, endpoint, text, cure));
}
