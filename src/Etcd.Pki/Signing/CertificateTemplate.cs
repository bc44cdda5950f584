using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;

namespace Etcd.Pki.Signing;

/// <summary>Everything a certificate will say, in the shape in which the rules of cfssl fill it.</summary>
/// <remarks>Order of the extensions in the certificate:
/// <code>keyUsage! extKeyUsage basicConstraints! SKI AKI authorityInfoAccess SAN CRL-DP, then the extra ones   (! = critical)</code></remarks>
internal sealed class CertificateTemplate
{
    public SubjectName Subject { get; set; } = new();

    public required PublicKey PublicKey { get; init; }

    public required byte[] Serial { get; init; }

    public DateTimeOffset NotBefore { get; set; }

    public DateTimeOffset NotAfter { get; set; }

    public X509KeyUsageFlags KeyUsage { get; set; }

    public IReadOnlyList<string> ExtendedUsageOids { get; set; } = [];

    /// <summary>False to leave basic constraints out altogether.</summary>
    public bool HasBasicConstraints { get; init; } = true;

    /// <summary>Signs with this hash; null for the one that suits the issuer's key.</summary>
    public HashAlgorithmName? SignatureHash { get; init; }

    public bool IsCa { get; set; }

    /// <summary>Null for no limit.</summary>
    public int? MaxPathLength { get; set; }

    public AlternativeNames AlternativeNames { get; set; } = AlternativeNames.None;

    public string OcspUrl { get; set; } = "";

    public IReadOnlyList<string> IssuerUrls { get; set; } = [];

    public IReadOnlyList<string> CrlUrls { get; set; } = [];

    public List<X509Extension> ExtraExtensions { get; } = [];

    /// <summary>Signs the certificate.</summary>
    /// <param name="issuer">Null for a self-signed certificate.</param>
    /// <param name="issuerKey">The issuer's key, or the certificate's own.</param>
    /// <returns>DER.</returns>
    /// <exception cref="PkiException">1000: the key is not the issuer's, or the framework refuses the contents.</exception>
    public byte[] Sign(X509Certificate2? issuer, PrivateKey issuerKey)
    {
        if (issuer is not null && !issuerKey.Matches(issuer.PublicKey))
            throw new PkiException(
                PkiErrorCategory.Certificate,
                PkiReason.Unknown,
                "x509: provided PrivateKey doesn't match parent's PublicKey",
                "-ca and -ca-key do not belong together");
        X500DistinguishedName subject = Subject.ToX500();
        var request = new CertificateRequest(subject, PublicKey, SignatureHash ?? issuerKey.SignatureHash);
        foreach (X509Extension extension in Extensions(issuer, subject))
            request.CertificateExtensions.Add(extension);
        try
        {
            using X509Certificate2 certificate = request.Create(
                issuer?.SubjectName ?? subject, issuerKey.CreateSignatureGenerator(), NotBefore, NotAfter, Serial);
            return certificate.RawData;
        }
        catch (Exception error) when (error is CryptographicException or InvalidOperationException or ArgumentException)
        {
            throw new PkiException(PkiErrorCategory.Certificate, PkiReason.Unknown, error.Message);
        }
    }

    private IEnumerable<X509Extension> Extensions(X509Certificate2? issuer, X500DistinguishedName subject)
    {
        if (KeyUsage != X509KeyUsageFlags.None)
            yield return new X509KeyUsageExtension(KeyUsage, critical: true);
        if (ExtendedUsageOids.Count > 0)
        {
            var oids = new OidCollection();
            foreach (string oid in ExtendedUsageOids)
                oids.Add(new Oid(oid, null));
            yield return new X509EnhancedKeyUsageExtension(oids, critical: false);
        }
        if (HasBasicConstraints)
            yield return new X509BasicConstraintsExtension(IsCa, IsCa && MaxPathLength is not null, MaxPathLength ?? 0, critical: true);
        yield return new X509SubjectKeyIdentifierExtension(PublicKey, X509SubjectKeyIdentifierHashAlgorithm.Sha1, critical: false);
        // Compat: Go leaves the authority key out when issuer and subject have the same name, whoever signed.
        if (issuer is not null && !issuer.SubjectName.RawData.AsSpan().SequenceEqual(subject.RawData)
            && KeyIdentifiers.SubjectOf(issuer) is { Length: > 0 } issuerKeyId)
            yield return X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuerKeyId);
        if (OcspUrl.Length > 0 || IssuerUrls.Count > 0)
            yield return new X509AuthorityInformationAccessExtension(OcspUrl.Length > 0 ? [OcspUrl] : null, IssuerUrls);
        if (!AlternativeNames.IsEmpty && !IsExtra(AlternativeNames.Oid))
            yield return AlternativeNames.ToExtension(isCritical: Subject.IsEmpty);
        if (CrlUrls.Count > 0)
            yield return CertificateRevocationListBuilder.BuildCrlDistributionPointExtension(CrlUrls);
        foreach (X509Extension extension in ExtraExtensions)
            yield return extension;
    }

    private bool IsExtra(string oid) => ExtraExtensions.Any(extension => extension.Oid?.Value == oid);
}
