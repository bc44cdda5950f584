using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Pem;
using Etcd.Pki.Profiles;
using Etcd.Pki.Requests;
using Etcd.Pki.Text;

namespace Etcd.Pki.Signing;

/// <summary>Makes self-signed leaf certificates, for tests.</summary>
public static class SelfSigner
{
    private static readonly TimeSpan s_backdate = TimeSpan.FromMinutes(5);

    /// <summary>What applies without a profile: three months, usable by servers and clients.</summary>
    public static SigningProfile DefaultProfile { get; } =
        SigningProfile.BuiltIn with { Expiry = GoDuration.FromHours(2190), ExpiryText = "2190h" };

    /// <summary>Signs a request with its own key.</summary>
    /// <returns>PEM with a final newline.</returns>
    /// <exception cref="PkiException">5100 without usages, 9xxx for a bad CSR.</exception>
    public static string Sign(string csrPem, PrivateKey key, SigningProfile profile, TimeProvider clock)
    {
        Csr csr = CsrReader.Read(csrPem);
        var (keyUsage, extendedOids, _) = UsageNames.Translate(profile.Usages ?? []);
        if (keyUsage == X509KeyUsageFlags.None && extendedOids.Count == 0)
            throw new PkiException(PkiErrorCategory.Policy, PkiReason.NoKeyUsages);
        DateTimeOffset now = clock.GetUtcNow();
        GoDuration expiry = profile.Expiry.IsZero ? DefaultProfile.Expiry : profile.Expiry;
        var template = new CertificateTemplate
        {
            PublicKey = csr.PublicKey,
            Serial = SerialNumbers.RandomShort(),
            Subject = csr.Subject,
            AlternativeNames = csr.AlternativeNames,
            NotBefore = now - s_backdate,
            NotAfter = now + expiry.ToTimeSpan(),
            KeyUsage = keyUsage,
            ExtendedUsageOids = extendedOids,
            IsCa = profile.CaConstraint.IsCa,
            OcspUrl = profile.OcspUrl,
            IssuerUrls = profile.IssuerUrls ?? [],
            CrlUrls = profile.CrlUrl.Length > 0 ? [profile.CrlUrl] : [],
        };
        return PemBlock.Write("CERTIFICATE", template.Sign(issuer: null, key));
    }
}
