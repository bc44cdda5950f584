using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Etcd.Pki.Inspection;

namespace Cfssl.Tests;

/// <summary>A certificate as a list of named fields, so that two can be compared and a difference has a name.</summary>
internal static class CertificateFields
{
    /// <summary>Every field but the serial number and the signature, which differ by nature.</summary>
    /// <param name="pem">The certificate.</param>
    /// <param name="hasOwnKey">The two certificates were made with different keys: leave out what follows from the key.</param>
    public static IReadOnlyList<string> Of(string pem, bool hasOwnKey = false)
    {
        using X509Certificate2 certificate = CertificateReader.ReadOne(pem);
        var fields = new List<string>
        {
            $"version {certificate.Version}",
            $"signature algorithm {certificate.SignatureAlgorithm.Value}",
            $"issuer {Convert.ToHexString(certificate.IssuerName.RawData)}",
            $"subject {Convert.ToHexString(certificate.SubjectName.RawData)}",
            $"life {certificate.NotAfter.ToUniversalTime() - certificate.NotBefore.ToUniversalTime()}",
            $"public key algorithm {certificate.PublicKey.Oid.Value} {Convert.ToHexString(certificate.PublicKey.EncodedParameters?.RawData ?? [])}",
            $"serial length is {(certificate.SerialNumberBytes.Length is >= 16 and <= 20 ? "long" : "short")}",
        };
        if (!hasOwnKey)
            fields.Add($"public key {Convert.ToHexString(certificate.PublicKey.EncodedKeyValue.RawData)}");
        foreach (X509Extension extension in certificate.Extensions)
        {
            string value = hasOwnKey && extension is X509SubjectKeyIdentifierExtension ? "" : Convert.ToHexString(extension.RawData);
            fields.Add($"extension {extension.Oid!.Value} critical={extension.Critical} {value}");
        }
        return fields;
    }

    public static DateTime NotBefore(string pem)
    {
        using X509Certificate2 certificate = CertificateReader.ReadOne(pem);
        return certificate.NotBefore.ToUniversalTime();
    }

    /// <summary>A text of cfssl's one-line JSON.</summary>
    public static string Member(string json, string name)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty(name).GetString()!;
    }
}
