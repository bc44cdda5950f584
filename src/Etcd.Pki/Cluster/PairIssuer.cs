using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Cluster;

/// <summary>Keeps certificate and key pairs in shape: makes what is missing, renews what is near its end or no longer fits,
/// leaves the rest alone. A key that is there is used again; only force makes a new one.</summary>
/// <remarks>Owns the authority's certificate and key.</remarks>
internal sealed class PairIssuer : IDisposable
{
    private readonly X509Certificate2 _ca;
    private readonly LocalSigner _signer;
    private readonly KeySpec _newKey;
    private readonly TimeSpan _renewBefore;
    private readonly bool _isForced;
    private readonly TimeProvider _clock;
    private readonly PkiLog _log;

    public PairIssuer(
        X509Certificate2 ca, PrivateKey caKey, TimeSpan life, TimeSpan renewBefore, KeySpec newKey, bool isForced, TimeProvider clock, PkiLog log)
    {
        _ca = ca;
        _signer = new LocalSigner(ca, caKey, ClusterProfiles.Policy(life), clock, log);
        _newKey = newKey;
        _renewBefore = renewBefore;
        _isForced = isForced;
        _clock = clock;
        _log = log;
    }

    /// <summary>Makes sure that a pair exists, is from this authority, covers the hosts and lives long enough.</summary>
    /// <exception cref="PkiException">A file cannot be read or written, or a key is there that cannot be used.</exception>
    public SetupAction Ensure(PairPath path, EtcdRole role, string commonName, IReadOnlyList<string> hosts)
    {
        bool hadCertificate = File.Exists(path.Certificate);
        string? reason = _isForced && hadCertificate ? "forced" : WhyRenew(path, role, commonName, hosts);
        if (reason is null)
            return new SetupAction(path.Certificate, SetupOutcome.Kept, LifeLeft(path));
        using PrivateKey key = ObtainKey(path);
        var request = new RequestSpec { CommonName = commonName, Names = [new RequestName { Organization = "etcd" }], Hosts = hosts };
        string csr = CsrBuilder.Create(request, key, PkiLog.Silent);
        string certificate = _signer.Sign(new SignRequest(csr) { Profile = ClusterProfiles.NameOf(role) });
        AtomicFile.Write(path.Certificate, Encoding.ASCII.GetBytes(certificate), AtomicFile.PublicMode);
        return hadCertificate
            ? new SetupAction(path.Certificate, SetupOutcome.Renewed, reason)
            : new SetupAction(path.Certificate, SetupOutcome.Created);
    }

    public void Dispose() => _signer.Dispose();

    private PrivateKey ObtainKey(PairPath path)
    {
        if (File.Exists(path.Key) && !_isForced)
        {
            try
            {
                return PrivateKeyReader.Read(InputFile.ReadText(path.Key));
            }
            catch (PkiException error)
            {
                throw new PkiException($"{path.Key}: {error.Message}", "this key cannot be used: repair it, or say --force to replace it");
            }
        }
        using IDisposable busy = _log.ShowBusy($"generating key: {_newKey.Algorithm}-{_newKey.Bits}");
        PrivateKey key = PrivateKey.Generate(_newKey);
        AtomicFile.WriteNew(path.Key, Encoding.ASCII.GetBytes(key.ToPem()), AtomicFile.KeyMode, _isForced);
        return key;
    }

    // Null if the certificate can stay; the order is that of what a user should hear first.
    private string? WhyRenew(PairPath path, EtcdRole role, string commonName, IReadOnlyList<string> hosts)
    {
        if (!File.Exists(path.Certificate))
            return "missing";
        using X509Certificate2? certificate = TryRead(path.Certificate);
        if (certificate is null)
            return "unreadable";
        DateTime now = _clock.GetUtcNow().UtcDateTime;
        if (certificate.NotAfter.ToUniversalTime() - now < _renewBefore)
            return certificate.NotAfter.ToUniversalTime() < now ? "expired" : $"expires on {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}";
        if (!CertificateSignature.IsSignedBy(certificate, _ca))
            return "issued by another authority";
        if (!KeyMatches(path, certificate))
            return "does not fit its key";
        if (CertificateUsage.Missing(certificate, role) is { Count: > 0 } missing)
            return $"lacks the usage {string.Join(" and ", missing)}";
        if (SubjectName.FromDer(certificate.SubjectName).CommonName != commonName)
            return $"is not for {commonName}";
        AlternativeNames wanted = AlternativeNames.FromHosts(hosts);
        AlternativeNames present = AlternativeNames.Of(certificate);
        string[] absent = [.. wanted.ToHosts().Except(present.ToHosts(), StringComparer.OrdinalIgnoreCase)];
        string[] extra = [.. present.ToHosts().Except(wanted.ToHosts(), StringComparer.OrdinalIgnoreCase)];
        return absent.Length > 0 ? $"lacks the name {string.Join(", ", absent)}"
            : extra.Length > 0 ? $"names {string.Join(", ", extra)}, which it should not" : null;
    }

    private static bool KeyMatches(PairPath path, X509Certificate2 certificate)
    {
        try
        {
            using PrivateKey key = PrivateKeyReader.Read(InputFile.ReadText(path.Key));
            return key.Matches(certificate.PublicKey);
        }
        catch (PkiException)
        {
            return false;
        }
    }

    private static X509Certificate2? TryRead(string path)
    {
        try
        {
            return CertificateReader.ReadOne(InputFile.ReadText(path));
        }
        catch (PkiException)
        {
            return null;
        }
    }

    private string LifeLeft(PairPath path)
    {
        using X509Certificate2? certificate = TryRead(path.Certificate);
        return certificate is null ? "" : $"good until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}";
    }
}
