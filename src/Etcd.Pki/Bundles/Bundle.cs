using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Text;

namespace Etcd.Pki.Bundles;

/// <summary>A certificate with the chain that servers must send along, and remarks about it.</summary>
/// <param name="Chain">The certificate first; without the root, unless that is the only issuer of a leaf with OCSP.</param>
/// <param name="Root">Where the chain ends; null for a forced bundle.</param>
/// <param name="Key">The certificate's private key; null if none was given.</param>
/// <param name="Status">Remarks.</param>
public sealed record Bundle(IReadOnlyList<X509Certificate2> Chain, X509Certificate2? Root, PrivateKey? Key, BundleStatus Status)
{
    private X509Certificate2 Certificate => Chain[0];

    /// <summary>cfssl's JSON: one object, members in alphabetical order.</summary>
    public void WriteJson(GoJsonWriter json)
    {
        (string keyType, int keyBits) = DescribeKey();
        (IReadOnlyList<string>? ocspUrls, bool hasCrl) = DescribeRevocation();
        json.BeginObject()
            .Member("bundle", string.Concat(Chain.Select(static certificate => PemBlock.Write("CERTIFICATE", certificate.RawData))).TrimEnd())
            .Name("crl_support").Boolean(hasCrl)
            .Member("crt", ToPem(Certificate))
            .Member("expires", CertificateDescription.FormatTime(Chain.Min(static certificate => certificate.NotAfter)))
            .Name("hostnames").Strings(Hostnames())
            .Member("issuer", Slashed(Certificate.IssuerName))
            .Member("key", Key?.ToPem().TrimEnd() ?? "")
            .Name("key_size").Number(keyBits)
            .Member("key_type", keyType)
            .Member("leaf_expires", CertificateDescription.FormatTime(Certificate.NotAfter))
            .Name("ocsp").Strings(ocspUrls)
            .Name("ocsp_support").Boolean(ocspUrls is not null)
            .Member("root", Root is null ? "" : ToPem(Root))
            .Member("signature", SignatureAlgorithms.NameOf(Certificate.SignatureAlgorithm.Value))
            .Name("status");
        Status.WriteJson(json);
        json.Member("subject", Slashed(Certificate.SubjectName)).EndObject();
    }

    private static string ToPem(X509Certificate2 certificate) => PemBlock.Write("CERTIFICATE", certificate.RawData).TrimEnd();

    private (string Type, int Bits) DescribeKey()
    {
        using RSA? rsa = Certificate.GetRSAPublicKey();
        if (rsa is not null)
            return ($"{rsa.KeySize.ToString(CultureInfo.InvariantCulture)}-bit RSA", rsa.KeySize);
        using ECDsa? ecdsa = Certificate.GetECDsaPublicKey();
        return ecdsa is not null ? ($"{ecdsa.KeySize.ToString(CultureInfo.InvariantCulture)}-bit ECDSA", ecdsa.KeySize) : ("Unknown", 0);
    }

    private (IReadOnlyList<string>? OcspUrls, bool HasCrl) DescribeRevocation()
    {
        string[] urls = [.. Certificate.Extensions.OfType<X509AuthorityInformationAccessExtension>().SelectMany(static access => access.EnumerateOcspUris())];
        bool hasCrl = Certificate.Extensions.Any(static extension => extension.Oid?.Value == "2.5.29.31");
        return (urls.Length > 0 ? urls : null, hasCrl);
    }

    private IEnumerable<string> Hostnames()
    {
        string commonName = SubjectName.FromDer(Certificate.SubjectName).CommonName;
        IEnumerable<string> names = [.. commonName.Length > 0 ? [commonName] : Array.Empty<string>(), .. AlternativeNames.Of(Certificate).Dns];
        return names.Distinct(StringComparer.Ordinal);
    }

    private static string Slashed(X500DistinguishedName name) =>
        string.Concat(SubjectName.FromDer(name).Attributes.Select(static attribute => $"/{Word(attribute.Key)}={attribute.Value}"));

    private static string Word(string oid) => oid switch
    {
        NameOid.CommonName => "CommonName",
        NameOid.SerialNumber => "SerialNumber",
        NameOid.Country => "Country",
        NameOid.Locality => "Locality",
        NameOid.Province => "Province",
        NameOid.StreetAddress => "StreetAddress",
        NameOid.Organization => "Organization",
        NameOid.OrganizationalUnit => "OrganizationalUnit",
        NameOid.PostalCode => "PostalCode",
        _ => "",
    };
}

/// <summary>Remarks about a bundle.</summary>
/// <param name="IsRebundled">The chain differs from the input.</param>
/// <param name="ExpiringKeyIds">Subject keys of certificates that expire within 30 days; null if none.</param>
/// <param name="UntrustedRootStores">Platforms that do not know the root; always empty without platform data, null if not looked for.</param>
/// <param name="Messages">Sentences.</param>
/// <param name="Code">Bits: 1 expiring, 2 not accepted everywhere.</param>
public sealed record BundleStatus(
    bool IsRebundled,
    IReadOnlyList<string>? ExpiringKeyIds,
    IReadOnlyList<string>? UntrustedRootStores,
    IReadOnlyList<string> Messages,
    int Code)
{
    internal void WriteJson(GoJsonWriter json) => json.BeginObject()
        .Name("rebundled").Boolean(IsRebundled)
        .Name("expiring_SKIs").Strings(ExpiringKeyIds)
        .Name("untrusted_root_stores").Strings(UntrustedRootStores)
        .Name("messages").Strings(Messages.Count > 0 ? Messages : null)
        .Name("code").Number(Code)
        .EndObject();
}
