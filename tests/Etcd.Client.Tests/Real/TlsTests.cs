using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Protocol.Errors;
using Etcd.TestKit;

namespace Etcd.Client.Tests.Real;

public sealed class TlsTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly X509Certificate2 _authority;

    public TlsTests()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(_folder.Combine("ca.pem"), _authority.ExportCertificatePem());
        Issue("server", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2");
        Issue("client", "1.3.6.1.5.5.7.3.2");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Https_TrustedAuthority_Works()
    {
        await using RealEtcd server = await StartAsync();
        using EtcdClient client = Connect(Trusting(_authority), $"https://{server.Endpoint}");

        await client.Kv.PutAsync("a", "1", Cancelled);

        // Without a scheme TLS is used because there are TLS settings.
        using EtcdClient bare = Connect(Trusting(_authority), server.Endpoint);
        Assert.Equal("1", (await bare.Kv.GetAsync("a", Cancelled))!.Value.ToStringUtf8());
    }

    [Fact]
    public async Task Https_UnknownAuthority_IsNoConnection()
    {
        await using RealEtcd server = await StartAsync();
        List<FailedAttempt> failed = [];
        using var client = new EtcdClient(new EtcdClientOptions
        {
            Endpoints = [$"https://{server.Endpoint}"],
            RequestTimeout = TimeSpan.FromSeconds(1),
            OnFailedAttempt = failed.Add,
        });

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => client.Kv.PutAsync("a", "1", Cancelled));

        Assert.Equal(StatusCode.DeadlineExceeded, refused.Code);
        Assert.Contains("transport: authentication handshake failed", failed.Single().Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientCertificate_NameIsTheUser()
    {
        await using RealEtcd server = await StartAsync("--client-cert-auth", "--trusted-ca-file", _folder.Combine("ca.pem"));
        SslClientAuthenticationOptions tls = Trusting(_authority);
        tls.ClientCertificateContext = SslStreamCertificateContext.Create(
            X509Certificate2.CreateFromPemFile(_folder.Combine("client.pem"), _folder.Combine("client.key")), additionalCertificates: null, offline: true);
        using EtcdClient client = Connect(tls, $"https://{server.Endpoint}");

        await client.Kv.PutAsync("a", "1", Cancelled);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Dispose();
    }

    private Task<RealEtcd> StartAsync(params string[] extra) => RealEtcd.StartAsync(
        ["--cert-file", _folder.Combine("server.pem"), "--key-file", _folder.Combine("server.key"), .. extra]);

    private static EtcdClient Connect(SslClientAuthenticationOptions tls, string endpoint) =>
        new(new EtcdClientOptions { Endpoints = [endpoint], Tls = tls, RequestTimeout = TimeSpan.FromSeconds(20) });

    private static SslClientAuthenticationOptions Trusting(X509Certificate2 authority)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(authority);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    private void Issue(string name, params string[] usages)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var usage = new OidCollection();
        foreach (string oid in usages)
            usage.Add(new Oid(oid));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(usage, critical: false));
        using X509Certificate2 issued = request.Create(_authority, DateTimeOffset.UtcNow.AddMinutes(-30), DateTimeOffset.UtcNow.AddMinutes(30), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(_folder.Combine(name + ".pem"), issued.ExportCertificatePem());
        File.WriteAllText(_folder.Combine(name + ".key"), key.ExportPkcs8PrivateKeyPem());
    }
}
