using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Net.Pkcs11Interop.Common;

namespace Cfssl.Hsm;

/// <summary>Makes a <see cref="PrivateKey"/> of a key in a token.</summary>
internal static class TokenKey
{
    /// <param name="address">Where the key is.</param>
    /// <param name="certificate">Its certificate, for tokens that keep no public key; null if there is none yet.</param>
    /// <exception cref="PkiException">2500: no such key, or its public half is nowhere.</exception>
    public static PrivateKey Open(TokenAddress address, X509Certificate2? certificate)
    {
        TokenSession session = TokenSession.Open(address);
        try
        {
            byte[] keyType = session.Attribute(CKA.CKA_KEY_TYPE) ?? [];
            return keyType switch
            {
                [(byte)CKK.CKK_RSA, ..] => new PrivateKey(new TokenRsa(session, RsaKey(session, certificate))),
                [(byte)CKK.CKK_EC, ..] => EcKey(session, certificate),
                _ => throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.NotRsaOrEcc),
            };
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static RSAParameters RsaKey(TokenSession session, X509Certificate2? certificate)
    {
        if (session.Attribute(CKA.CKA_MODULUS) is { } modulus && session.Attribute(CKA.CKA_PUBLIC_EXPONENT) is { } exponent)
            return new RSAParameters { Modulus = Trim(modulus), Exponent = Trim(exponent) };
        using RSA? fromCertificate = certificate?.GetRSAPublicKey();
        return fromCertificate?.ExportParameters(includePrivateParameters: false) ?? throw NoPublicKey();
    }

    private static PrivateKey EcKey(TokenSession session, X509Certificate2? certificate)
    {
        if (session.Attribute(CKA.CKA_EC_PARAMS) is { } curve && session.Attribute(CKA.CKA_EC_POINT) is { } point)
            return Wrap(session, ReadPoint(curve, point));
        using ECDsa? fromCertificate = certificate?.GetECDsaPublicKey();
        return fromCertificate is null ? throw NoPublicKey() : Wrap(session, fromCertificate.ExportParameters(includePrivateParameters: false));
    }

    private static PrivateKey Wrap(TokenSession session, ECParameters publicKey)
    {
        using var probe = ECDsa.Create(publicKey);
        return new PrivateKey(new TokenECDsa(session, publicKey, probe.KeySize));
    }

    // PKCS#11 v2.40 §2.3.3: the curve is an OID, the point an OCTET STRING around 04 || X || Y.
    private static ECParameters ReadPoint(byte[] curve, byte[] point)
    {
        try
        {
            string oid = AsnDecoder.ReadObjectIdentifier(curve, AsnEncodingRules.DER, out _);
            byte[] bytes = AsnDecoder.ReadOctetString(point, AsnEncodingRules.DER, out _);
            int half = (bytes.Length - 1) / 2;
            if (bytes.Length % 2 == 0 || half == 0 || bytes[0] != 4)
                throw NoPublicKey();
            return new ECParameters
            {
                Curve = ECCurve.CreateFromValue(oid),
                Q = new ECPoint { X = bytes[1..(half + 1)], Y = bytes[(half + 1)..] },
            };
        }
        catch (AsnContentException)
        {
            throw NoPublicKey();
        }
    }

    private static byte[] Trim(byte[] number) => number.AsSpan().TrimStart((byte)0).ToArray();

    private static PkiException NoPublicKey() => new(
        PkiErrorCategory.PrivateKey, PkiReason.Unavailable, "PKCS#11: the token keeps no public key for this private key",
        "store the public key or the certificate beside it, or give the CA's certificate with -ca");
}
