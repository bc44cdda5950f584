using System.Formats.Asn1;
using System.Net;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Names;
using Etcd.Pki.Requests;
using Etcd.Pki.Text;

namespace Etcd.Pki.Inspection;

/// <summary>The JSON of <c>cfssl certinfo -csr</c>: the fields of Go's request structure, so that scripts which pick
/// <c>.DNSNames</c> or <c>.Subject.CommonName</c> find them.</summary>
public static class CsrDescription
{
    private const string ExtensionRequestOid = "1.2.840.113549.1.9.14";

    /// <exception cref="PkiException">9003: the outer structure is damaged.</exception>
    public static void WriteJson(GoJsonWriter json, Csr csr)
    {
        (ReadOnlyMemory<byte> signedPart, string algorithmOid, byte[] signature) = Split(csr.Der);
        json.BeginObject()
            .Member("Raw", Convert.ToBase64String(csr.Der))
            .Member("RawTBSCertificateRequest", Convert.ToBase64String(signedPart.Span))
            .Member("RawSubjectPublicKeyInfo", Convert.ToBase64String(csr.PublicKey.ExportSubjectPublicKeyInfo()))
            .Member("RawSubject", Convert.ToBase64String(csr.SubjectDer))
            .Name("Version").Number(0)
            .Member("Signature", Convert.ToBase64String(signature))
            .Name("SignatureAlgorithm").Number(SignatureAlgorithms.NumberOf(algorithmOid));
        WritePublicKey(json, csr.PublicKey);
        json.Name("Subject");
        WriteSubject(json, csr.Subject);
        WriteExtensions(json, csr.Extensions);
        json.Name("DNSNames").Strings(NullIfEmpty(csr.AlternativeNames.Dns))
            .Name("EmailAddresses").Strings(NullIfEmpty(csr.AlternativeNames.Emails))
            .Name("IPAddresses").Strings(NullIfEmpty([.. csr.AlternativeNames.Addresses.Select(static (IPAddress address) => address.ToString())]))
            .Name("URIs").Strings(NullIfEmpty(csr.AlternativeNames.Uris))
            .EndObject();
    }

    private static (ReadOnlyMemory<byte> SignedPart, string AlgorithmOid, byte[] Signature) Split(byte[] der)
    {
        try
        {
            AsnReader request = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            ReadOnlyMemory<byte> signedPart = request.ReadEncodedValue();
            string oid = request.ReadSequence().ReadObjectIdentifier();
            return (signedPart, oid, request.ReadBitString(out _));
        }
        catch (AsnContentException)
        {
            throw new PkiException(PkiErrorCategory.Csr, PkiReason.ParseFailed);
        }
    }

    private static void WritePublicKey(GoJsonWriter json, PublicKey publicKey)
    {
        using RSA? rsa = publicKey.GetRSAPublicKey();
        using ECDsa? ecdsa = rsa is null ? publicKey.GetECDsaPublicKey() : null;
        json.Name("PublicKeyAlgorithm").Number(rsa is not null ? 1 : ecdsa is not null ? 3 : 0).Name("PublicKey");
        if (rsa is not null)
        {
            RSAParameters key = rsa.ExportParameters(includePrivateParameters: false);
            json.BeginObject().Name("N").Raw(Unsigned(key.Modulus)).Name("E").Raw(Unsigned(key.Exponent)).EndObject();
        }
        else if (ecdsa is not null)
        {
            ECPoint point = ecdsa.ExportParameters(includePrivateParameters: false).Q;
            json.BeginObject().Name("Curve").BeginObject().EndObject().Name("X").Raw(Unsigned(point.X)).Name("Y").Raw(Unsigned(point.Y)).EndObject();
        }
        else
        {
            json.Null();
        }
    }

    private static void WriteSubject(GoJsonWriter json, SubjectName subject)
    {
        json.BeginObject()
            .Name("Country").Strings(NullIfEmpty(subject.Country))
            .Name("Organization").Strings(NullIfEmpty(subject.Organization))
            .Name("OrganizationalUnit").Strings(NullIfEmpty(subject.OrganizationalUnit))
            .Name("Locality").Strings(NullIfEmpty(subject.Locality))
            .Name("Province").Strings(NullIfEmpty(subject.Province))
            .Name("StreetAddress").Strings(NullIfEmpty(subject.StreetAddress))
            .Name("PostalCode").Strings(NullIfEmpty(subject.PostalCode))
            .Member("SerialNumber", subject.SerialNumber)
            .Member("CommonName", subject.CommonName)
            .Name("Names");
        if (subject.Attributes.Count == 0)
        {
            json.Null();
        }
        else
        {
            json.BeginArray();
            foreach ((string oid, string value) in subject.Attributes)
            {
                json.BeginObject();
                WriteOid(json.Name("Type"), oid);
                json.Member("Value", value).EndObject();
            }
            json.EndArray();
        }
        json.Name("ExtraNames").Null().EndObject();
    }

    private static void WriteExtensions(GoJsonWriter json, IReadOnlyList<X509Extension> extensions)
    {
        json.Name("Attributes");
        if (extensions.Count == 0)
        {
            json.Null();
        }
        else
        {
            json.BeginArray().BeginObject();
            WriteOid(json.Name("Type"), ExtensionRequestOid);
            json.Name("Value").BeginArray().BeginArray();
            foreach (X509Extension extension in extensions)
            {
                json.BeginObject();
                WriteOid(json.Name("Type"), extension.Oid!.Value!);
                // Compat: Go reads the second element here, which is the criticality if it is written at all.
                json.Name("Value");
                if (extension.Critical)
                    json.Boolean(true);
                else
                    json.String(Convert.ToBase64String(extension.RawData));
                json.EndObject();
            }
            json.EndArray().EndArray().EndObject().EndArray();
        }
        json.Name("Extensions");
        if (extensions.Count == 0)
        {
            json.Null();
        }
        else
        {
            json.BeginArray();
            foreach (X509Extension extension in extensions)
            {
                json.BeginObject();
                WriteOid(json.Name("Id"), extension.Oid!.Value!);
                json.Name("Critical").Boolean(extension.Critical).Member("Value", Convert.ToBase64String(extension.RawData)).EndObject();
            }
            json.EndArray();
        }
        json.Name("ExtraExtensions").Null();
    }

    private static void WriteOid(GoJsonWriter json, string oid)
    {
        json.BeginArray();
        foreach (string arc in oid.Split('.'))
            json.Raw(arc);
        json.EndArray();
    }

    private static IReadOnlyList<string>? NullIfEmpty(IReadOnlyList<string> values) => values.Count == 0 ? null : values;

    private static string Unsigned(byte[]? bytes) => new BigInteger(bytes, isUnsigned: true, isBigEndian: true).ToString();
}
