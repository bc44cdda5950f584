using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Signing;

namespace Etcd.Pki.Revocation;

/// <summary>One line of a CRL.</summary>
/// <param name="Serial">Of the revoked certificate.</param>
/// <param name="RevokedAt">Whole seconds are kept.</param>
public sealed record RevokedCertificate(BigInteger Serial, DateTimeOffset RevokedAt);

/// <summary>Makes certificate revocation lists (RFC 5280 §5).</summary>
/// <remarks>Compat: version 2, one extension (the authority's key), no CRL number. The framework's builder always writes a number,
/// which callers of cfssl have no way to give.</remarks>
public static class CrlBuilder
{
    private static readonly DateTimeOffset s_firstGeneralizedTime = new(2050, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Signs a list.</summary>
    /// <returns>DER.</returns>
    /// <exception cref="PkiException">2300: the key is not the issuer's.</exception>
    public static byte[] Build(
        X509Certificate2 issuer, PrivateKey key, IEnumerable<RevokedCertificate> revoked, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate)
    {
        if (!key.Matches(issuer.PublicKey))
            throw new PkiException(PkiErrorCategory.PrivateKey, PkiReason.KeyMismatch).WithCure("the certificate and the key do not belong together");
        var contents = new AsnWriter(AsnEncodingRules.DER);
        using (contents.PushSequence())
        {
            contents.WriteInteger(1); // Version 2.
            contents.WriteEncodedValue(SignedStructure.AlgorithmOf(key));
            contents.WriteEncodedValue(issuer.SubjectName.RawData);
            WriteTime(contents, thisUpdate);
            WriteTime(contents, nextUpdate);
            WriteRevoked(contents, [.. revoked]);
            WriteAuthorityKey(contents, KeyIdentifiers.SubjectOf(issuer));
        }
        var crl = new AsnWriter(AsnEncodingRules.DER);
        using (crl.PushSequence())
            SignedStructure.Write(crl, contents.Encode(), key);
        return crl.Encode();
    }

    private static void WriteRevoked(AsnWriter writer, RevokedCertificate[] revoked)
    {
        if (revoked.Length == 0)
            return;
        using (writer.PushSequence())
        {
            foreach (RevokedCertificate entry in revoked)
            {
                using (writer.PushSequence())
                {
                    writer.WriteInteger(entry.Serial);
                    WriteTime(writer, entry.RevokedAt);
                }
            }
        }
    }

    private static void WriteAuthorityKey(AsnWriter writer, byte[] keyId)
    {
        if (keyId.Length == 0)
            return;
        X509AuthorityKeyIdentifierExtension extension = X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(keyId);
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(extension.Oid!.Value!);
                    writer.WriteOctetString(extension.RawData);
                }
            }
        }
    }

    // RFC 5280 §5.1.2.4: UTCTime through 2049.
    private static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        if (time < s_firstGeneralizedTime)
            writer.WriteUtcTime(time, twoDigitYearMax: 2049);
        else
            writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
    }
}
