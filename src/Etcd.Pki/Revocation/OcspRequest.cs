using System.Formats.Asn1;
using System.Numerics;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Revocation;

/// <summary>The first question of an OCSP request (RFC 6960 §4.1.1).</summary>
/// <param name="HashOid">How the two hashes were made.</param>
/// <param name="IssuerNameHash">Hash of the issuer's name.</param>
/// <param name="IssuerKeyHash">Hash of the issuer's key; with SHA-1, its key identifier.</param>
/// <param name="Serial">Of the certificate that is asked about.</param>
public sealed record OcspRequest(string HashOid, byte[] IssuerNameHash, byte[] IssuerKeyHash, BigInteger Serial)
{
    /// <exception cref="PkiException">Not an OCSP request.</exception>
    public static OcspRequest Parse(ReadOnlyMemory<byte> der)
    {
        try
        {
            AsnReader request = new AsnReader(der, AsnEncodingRules.BER).ReadSequence().ReadSequence();
            for (int tag = 0; tag <= 1; tag++) // Version and requestor's name, both optional.
            {
                if (request.HasData && request.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, tag)))
                    request.ReadEncodedValue();
            }
            AsnReader certificateId = request.ReadSequence().ReadSequence().ReadSequence();
            string hashOid = certificateId.ReadSequence().ReadObjectIdentifier();
            return new OcspRequest(hashOid, certificateId.ReadOctetString(), certificateId.ReadOctetString(), certificateId.ReadInteger());
        }
        catch (AsnContentException)
        {
            throw new PkiException("asn1: structure error: not an OCSP request");
        }
    }
}
