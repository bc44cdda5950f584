using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Names;
using Etcd.Pki.Pem;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Inspection;

/// <summary>The JSON of <c>cfssl certinfo</c>.</summary>
public static class CertificateDescription
{
    /// <summary>Writes the description as one object.</summary>
    public static void WriteJson(GoJsonWriter json, X509Certificate2 certificate)
    {
        AlternativeNames names = AlternativeNames.Of(certificate);
        json.BeginObject();
        json.Name("subject");
        WriteName(json, SubjectName.FromDer(certificate.SubjectName));
        json.Name("issuer");
        WriteName(json, SubjectName.FromDer(certificate.IssuerName));
        json.MemberIfAny("serial_number", SerialNumbers.ToDecimal(certificate));
        // Compat: e-mail addresses and URIs are left out.
        IEnumerable<string> sans = [.. names.Dns, .. names.Addresses.Select(static (IPAddress address) => address.ToString())];
        if (sans.Any())
            json.Name("sans").Strings(sans);
        json.Member("not_before", FormatTime(certificate.NotBefore))
            .Member("not_after", FormatTime(certificate.NotAfter))
            .Member("sigalg", SignatureAlgorithms.NameOf(certificate.SignatureAlgorithm.Value))
            .Member("authority_key_id", FormatKeyId(KeyIdentifiers.AuthorityOf(certificate)))
            .Member("subject_key_id", FormatKeyId(KeyIdentifiers.SubjectOf(certificate)))
            .Member("pem", PemBlock.Write("CERTIFICATE", certificate.RawData))
            .EndObject();
    }

    /// <summary>UTC in RFC 3339, whole seconds.</summary>
    public static string FormatTime(DateTime time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary><c>DD:87:A9…</c>; empty for no bytes.</summary>
    public static string FormatKeyId(byte[] keyId) => string.Join(':', keyId.Select(static octet => octet.ToString("X2", CultureInfo.InvariantCulture)));

    private static void WriteName(GoJsonWriter json, SubjectName name)
    {
        json.BeginObject()
            .MemberIfAny("common_name", name.CommonName)
            .MemberIfAny("serial_number", name.SerialNumber)
            .MemberIfAny("country", string.Join(',', name.Country))
            .MemberIfAny("organization", string.Join(',', name.Organization))
            .MemberIfAny("organizational_unit", string.Join(',', name.OrganizationalUnit))
            .MemberIfAny("locality", string.Join(',', name.Locality))
            .MemberIfAny("province", string.Join(',', name.Province))
            .MemberIfAny("street_address", string.Join(',', name.StreetAddress))
            .MemberIfAny("postal_code", string.Join(',', name.PostalCode));
        if (name.Attributes.Count > 0)
            json.Name("names").Strings(name.Attributes.Select(static attribute => attribute.Value));
        json.EndObject();
    }
}
