using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Profiles;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Tests;

/// <summary>A CA for a test, and certificates from it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly TimeProvider _clock;
    private readonly PrivateKey _key;

    public TestAuthority(TimeProvider clock, string commonName = "test ca", CaOptions? options = null)
    {
        _clock = clock;
        IssuedPair pair = new CertificateAuthority(clock, PkiLog.Silent)
            .Create(new RequestSpec { CommonName = commonName, Ca = options });
        Pem = pair.CertificatePem;
        KeyPem = pair.Key!.ToPem();
        _key = pair.Key;
    }

    public string Pem { get; }

    public string KeyPem { get; }

    public X509Certificate2 Load() => CertificateReader.ReadOne(Pem);

    public string Sign(SigningProfile profile, SignRequest request) =>
        new LocalSigner(Load(), _key, new SigningPolicy(profile, new Dictionary<string, SigningProfile>(StringComparer.Ordinal)), _clock, PkiLog.Silent).Sign(request);

    public (string Certificate, string Key) Issue(string commonName, string[] hosts, params string[] usages) =>
        Issue(commonName, hosts, GoDuration.FromHours(24 * 365), usages);

    public (string Certificate, string Key) Issue(string commonName, string[] hosts, GoDuration life, params string[] usages)
    {
        (PrivateKey key, string csr) = CsrBuilder.Generate(new RequestSpec { CommonName = commonName, Hosts = hosts }, PkiLog.Silent);
        using (key)
            return (Sign(new SigningProfile { Usages = usages, Expiry = life }, new SignRequest(csr)), key.ToPem());
    }

    public void Dispose() => _key.Dispose();
}
