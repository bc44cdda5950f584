using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Etcd.Pki.Inspection;

/// <summary>Checks who signed a certificate. The framework does this only inside a whole chain with its own trust rules.</summary>
public static class CertificateSignature
{
    /// <summary>True if the issuer's key made the certificate's signature; names, dates and usages are not looked at.</summary>
    public static bool IsSignedBy(X509Certificate2 certificate, X509Certificate2 issuer)
    {
        try
        {
            AsnReader reader = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.BER).ReadSequence();
            ReadOnlyMemory<byte> signedPart = reader.ReadEncodedValue();
            string algorithm = reader.ReadSequence().ReadObjectIdentifier();
            return Verify(algorithm, signedPart.Span, reader.ReadBitString(out _), issuer.PublicKey);
        }
        catch (Exception error) when (error is AsnContentException or CryptographicException)
        {
            return false;
        }
    }

    public static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) && IsSignedBy(certificate, certificate);

    internal static bool Verify(string algorithmOid, ReadOnlySpan<byte> data, byte[] signature, PublicKey key)
    {
        HashAlgorithmName? hash = algorithmOid switch
        {
            "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" => HashAlgorithmName.SHA1,
            "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => HashAlgorithmName.SHA256,
            "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => HashAlgorithmName.SHA384,
            "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => HashAlgorithmName.SHA512,
            _ => null,
        };
        if (hash is not { } known)
            return false;
        if (algorithmOid.StartsWith("1.2.840.113549.", StringComparison.Ordinal))
        {
            using RSA? rsa = key.GetRSAPublicKey();
            return rsa is not null && rsa.VerifyData(data, signature, known, RSASignaturePadding.Pkcs1);
        }
        using ECDsa? ecdsa = key.GetECDsaPublicKey();
        return ecdsa is not null && ecdsa.VerifyData(data, signature, known, DSASignatureFormat.Rfc3279DerSequence);
    }
}
