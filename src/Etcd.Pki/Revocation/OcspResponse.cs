using System.Formats.Asn1;
using System.Numerics;
using Etcd.Pki.Errors;

namespace Etcd.Pki.Revocation;

/// <summary>The parts of a signed OCSP response that a responder needs to serve it.</summary>
/// <param name="Serial">Of the certificate that it is about.</param>
/// <param name="ThisUpdate">When the status was true.</param>
/// <param name="NextUpdate">When a newer response will be there; null if it is good for ever.</param>
public sealed record OcspResponse(BigInteger Serial, DateTimeOffset ThisUpdate, DateTimeOffset? NextUpdate)
{
    /// <summary>Reads the first single response; the signature is not checked.</summary>
    /// <exception cref="PkiException">Not a successful OCSP response.</exception>
    public static OcspResponse Parse(ReadOnlyMemory<byte> der)
    {
        try
        {
            AsnReader response = new AsnReader(der, AsnEncodingRules.BER).ReadSequence();
            if (response.ReadEnumeratedBytes().Span is not [0])
                throw new PkiException("ocsp: the response is an error response");
            AsnReader body = response.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0)).ReadSequence();
            body.ReadObjectIdentifier();
            AsnReader data = new AsnReader(body.ReadOctetString(), AsnEncodingRules.BER).ReadSequence().ReadSequence();
            while (data.PeekTag().TagClass == TagClass.ContextSpecific)
                data.ReadEncodedValue(); // Version and responder.
            data.ReadGeneralizedTime();
            AsnReader single = data.ReadSequence().ReadSequence();
            AsnReader certificateId = single.ReadSequence();
            certificateId.ReadSequence();
            certificateId.ReadOctetString();
            certificateId.ReadOctetString();
            BigInteger serial = certificateId.ReadInteger();
            single.ReadEncodedValue(); // Status.
            DateTimeOffset thisUpdate = single.ReadGeneralizedTime();
            var nextUpdateTag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
            DateTimeOffset? nextUpdate = single.HasData && single.PeekTag().HasSameClassAndValue(nextUpdateTag)
                ? single.ReadSequence(nextUpdateTag).ReadGeneralizedTime() : null;
            return new OcspResponse(serial, thisUpdate, nextUpdate);
        }
        catch (AsnContentException)
        {
            throw new PkiException("asn1: structure error: not an OCSP response");
        }
    }
}
