using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcdctl.Cli;

namespace Etcdctl.Globals;

/// <summary>The certificate files and switches that make up a client's TLS settings.</summary>
internal sealed record TlsFiles(string Cert, string Key, string CaCert, string ServerName, bool IsInsecureTransport, bool SkipsVerification)
{
    /// <exception cref="ExitException">A flag is set to an empty name.</exception>
    public static TlsFiles From(FlagSet flags)
    {
        foreach (string name in (ReadOnlySpan<string>)["cert", "key", "cacert"])
        {
            if (flags.IsChanged(name) && flags.Text(name).Length == 0)
                throw Invocation.BadArguments($"empty string is passed to --{name} option");
        }
        // With insecure discovery the domain says nothing about who may answer.
        string serverName = flags.IsOn("insecure-discovery") ? "" : flags.Text("discovery-srv");
        return new TlsFiles(flags.Text("cert"), flags.Text("key"), flags.Text("cacert"), serverName,
            flags.IsOn("insecure-transport"), flags.IsOn("insecure-skip-tls-verify"));
    }

    /// <summary>Reads the files.</summary>
    /// <returns>Null: endpoints without a scheme are clear text.</returns>
    /// <exception cref="ExitException">A file is missing or is no certificate.</exception>
    public SslClientAuthenticationOptions? Load()
    {
        bool hasFiles = Cert.Length > 0 || Key.Length > 0 || CaCert.Length > 0 || ServerName.Length > 0;
        if (!hasFiles && IsInsecureTransport && !SkipsVerification)
            return null;
        if ((Cert.Length > 0) != (Key.Length > 0))
            throw Invocation.BadArguments($"KeyFile and CertFile must both be present[key: {Key}, cert: {Cert}]");
        var options = new SslClientAuthenticationOptions { CertificateRevocationCheckMode = X509RevocationMode.NoCheck };
        if (ServerName.Length > 0)
            options.TargetHost = ServerName;
        if (Cert.Length > 0)
            options.ClientCertificateContext = LoadOwn();
        if (CaCert.Length > 0)
            options.CertificateChainPolicy = TrustOnly(ReadAll(CaCert));
        if (SkipsVerification)
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
        return options;
    }

    private SslStreamCertificateContext LoadOwn()
    {
        string certificate = ReadText(Cert);
        string key = ReadText(Key);
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPem(certificate);
            X509Certificate2 own = X509Certificate2.CreateFromPem(certificate, key);
            if (chain.Count > 0)
                chain.RemoveAt(0);
            return SslStreamCertificateContext.Create(own, chain, offline: true);
        }
        catch (Exception problem) when (problem is CryptographicException or ArgumentException)
        {
            throw Invocation.BadArguments($"tls: {problem.Message} (cert {Cert}, key {Key})");
        }
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        return policy;
    }

    private static X509Certificate2Collection ReadAll(string file)
    {
        X509Certificate2Collection certificates = [];
        try
        {
            certificates.ImportFromPem(ReadText(file));
        }
        catch (CryptographicException problem)
        {
            throw Invocation.BadArguments($"x509: {file}: {problem.Message}");
        }
        return certificates;
    }

    private static string ReadText(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw Invocation.BadArguments(FileProblem.Describe("open", file, problem));
        }
    }
}
