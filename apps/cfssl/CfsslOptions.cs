using Etcd.Pki.Text;
using Etcd.Pki.Tools;

namespace Cfssl;

/// <summary>The flags of cfssl. Every command takes every flag; most use a few.</summary>
internal sealed class CfsslOptions
{
    private readonly GoFlagSet _flags = Define();

    public string Address => _flags.TextOf("address");

    public string AuthKey => _flags.TextOf("authkey");

    public string AuthorityKeyId => _flags.TextOf("aki");

    public string Ca => _flags.TextOf("ca");

    public string CaBundle => _flags.TextOf("ca-bundle");

    public string CaKey => _flags.TextOf("ca-key");

    public string Certificate => _flags.TextOf("cert");

    public string CommonName => _flags.TextOf("cn");

    public string Config => _flags.TextOf("config");

    public string CrlUrl => _flags.TextOf("crl");

    public GoDuration CrlExpiry => _flags.DurationOf("expiry");

    public string Csr => _flags.TextOf("csr");

    public string DatabaseConfig => _flags.TextOf("db-config");

    public string DisabledEndpoints => _flags.TextOf("disable");

    public string Domain => _flags.TextOf("domain");

    public string Flavor => _flags.TextOf("flavor");

    public string Hosts => _flags.TextOf("hostname");

    public bool IsCa => _flags.IsOn("initca");

    public string IntermediateBundle => _flags.TextOf("int-bundle");

    public string IntermediateDirectory => _flags.TextOf("int-dir");

    public GoDuration OcspInterval => _flags.DurationOf("interval");

    public string Ip => _flags.TextOf("ip");

    public string Key => _flags.TextOf("key");

    public string Label => _flags.TextOf("label");

    public PkiLogLevel LogLevel => (PkiLogLevel)_flags.IntegerOf("loglevel");

    public string Metadata => _flags.TextOf("metadata");

    public string MinTlsVersion => _flags.TextOf("min-tls-version");

    public string MutualTlsCa => _flags.TextOf("mutual-tls-ca");

    public string MutualTlsCommonName => _flags.TextOf("mutual-tls-cn");

    public string MutualTlsClientCertificate => _flags.TextOf("mutual-tls-client-cert");

    public string MutualTlsClientKey => _flags.TextOf("mutual-tls-client-key");

    public string Password => _flags.TextOf("password");

    public string Pkcs11Label => _flags.TextOf("pkcs11-label");

    public string Pkcs11Module => _flags.TextOf("pkcs11-module");

    public string Pkcs11Pin => _flags.TextOf("pkcs11-pin");

    public string Pkcs11Token => _flags.TextOf("pkcs11-token");

    public int Port => _flags.IntegerOf("port");

    public string Profile => _flags.TextOf("profile");

    public string Reason => _flags.TextOf("reason");

    public string Remote => _flags.TextOf("remote");

    public bool IsRenewingCa => _flags.IsOn("renewca");

    public string Responder => _flags.TextOf("responder");

    public string ResponderKey => _flags.TextOf("responder-key");

    public string Responses => _flags.TextOf("responses");

    public string RevokedAt => _flags.TextOf("revoked-at");

    public string Serial => _flags.TextOf("serial");

    public string Status => _flags.TextOf("status");

    public string TlsCertificate => _flags.TextOf("tls-cert");

    public string TlsKey => _flags.TextOf("tls-key");

    public string TlsRemoteCa => _flags.TextOf("tls-remote-ca");

    /// <inheritdoc cref="GoFlagSet.Parse"/>
    public IReadOnlyList<string> Parse(IReadOnlyList<string> arguments) => _flags.Parse(arguments);

    public string Describe(IEnumerable<string> names) => _flags.Describe(names);

    // Compat: flags that no command of ours reads are here too, so that no command line of the original is refused.
    private static GoFlagSet Define() => new GoFlagSet()
        .Text("address", "address to listen on", "127.0.0.1")
        .Text("aki", "authority key identifier of a stored certificate, hex digits")
        .Text("authkey", "key of authenticated requests to the remote server")
        .Text("ca", "CA certificate: a file, file:PATH or env:NAME")
        .Text("ca-bundle", "file of root certificates")
        .Text("ca-key", "CA private key: a file, file:PATH or env:NAME")
        .Text("cert", "certificate file")
        .Text("cn", "common name that replaces the one of the request")
        .Text("config", "configuration file with signing profiles")
        .Text("crl", "CRL URL that replaces the one of the profile")
        .Text("csr", "certificate request file, PEM")
        .Text("csv", "file with hosts to scan, one per line, the last field counts")
        .Text("db-config", "file that says where the certificate database is")
        .Text("disable", "API endpoints to leave out, comma-separated")
        .Text("domain", "server to fetch a certificate from")
        .Duration("expiry", "life of a CRL", GoDuration.FromHours(168))
        .Text("family", "scanner families to run, a regular expression")
        .Text("flavor", "how to choose among chains: ubiquitous, optimal or force", "ubiquitous")
        .Text("hostname", "host names of the certificate, comma-separated; replaces the ones of the request")
        .Switch("initca", "make a new CA")
        .Text("int-bundle", "file of intermediate certificates")
        .Text("int-dir", "folder that collects intermediate certificates")
        .Text("intermediates", "not used")
        .Duration("interval", "time between OCSP updates", GoDuration.FromHours(96))
        .Text("ip", "address of the server to fetch a certificate from")
        .Text("key", "private key file")
        .Text("label", "which CA of the remote server to use")
        .Switch("list", "list the scanners")
        .Integer("loglevel", "least level to log (0 = DEBUG, 5 = FATAL)", (int)PkiLogLevel.Info)
        .Integer("max-hosts", "most hosts to scan", 100)
        .Text("metadata", "file that says which platforms trust which roots")
        .Text("min-tls-version", "lowest TLS version to accept: 1.0, 1.1, 1.2 or 1.3")
        .Text("mutual-tls-ca", "CA that client certificates must come from")
        .Text("mutual-tls-cn", "common names that clients may have, a regular expression")
        .Text("mutual-tls-client-cert", "client certificate for the remote server")
        .Text("mutual-tls-client-key", "client key for the remote server")
        .Integer("num-workers", "scans at the same time", 10)
        .Text("password", "password of a PKCS#12 file", "0")
        .Text("path", "not used", "/")
        .Text("pgp-name", "not used")
        .Text("pgp-private", "not used")
        .Text("pkcs11-label", "label of the CA key in the token")
        .Text("pkcs11-module", "PKCS#11 module (a shared library) of the token that holds the CA key")
        .Text("pkcs11-pin", "user PIN of the token")
        .Text("pkcs11-token", "label of the token")
        .Integer("port", "port to listen on", 8888)
        .Text("profile", "signing profile of the configuration")
        .Text("reason", "why it is revoked: a number or a word of RFC 5280", "0")
        .Text("remote", "cfssl server that signs")
        .Switch("renewca", "renew a CA certificate")
        .Text("responder", "certificate of the OCSP responder")
        .Text("responder-key", "private key of the OCSP responder")
        .Text("responses", "where OCSP responses are: a file, file:PATH or sqlite:PATH")
        .Text("revoked-at", "day of the revocation, YYYY-MM-DD", "now")
        .Text("scanner", "scanners to run, a regular expression")
        .Text("serial", "serial number of a certificate, decimal")
        .Text("status", "status to sign: good, revoked or unknown", "good")
        .Duration("timeout", "longest time for one host", GoDuration.FromSeconds(300))
        .Text("tls-cert", "certificate of this server")
        .Text("tls-key", "private key of this server")
        .Text("tls-remote-ca", "CA of the remote server")
        .Text("usage", "not used");
}
