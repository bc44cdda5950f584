using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;

namespace Etcd.Pki.Revocation;

/// <summary>What to say about a certificate.</summary>
/// <param name="Reason">For a revoked one: a number of RFC 5280 §5.3.1.</param>
/// <param name="RevokedAt">For a revoked one.</param>
public sealed record OcspStatement(OcspStatus Status, int Reason = 0, DateTimeOffset RevokedAt = default);

/// <summary>Signs OCSP responses (RFC 6960 §4.2.1), with SHA-1 certificate ids as every client expects them.</summary>
/// <remarks>Owns what it was given.</remarks>
public sealed class OcspSigner : IDisposable
{
    private const string BasicResponseOid = "1.3.6.1.5.5.7.48.1.1";
    private const string Sha1Oid = "1.3.14.3.2.26";

    private readonly X509Certificate2 _issuer;
    private readonly X509Certificate2 _responder;
    private readonly PrivateKey _key;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _clock;

    /// <param name="issuer">The CA of the certificates asked about.</param>
    /// <param name="responder">Whose key signs: the CA itself, or a certificate of it for OCSP signing.</param>
    /// <param name="key">The responder's key.</param>
    /// <param name="interval">How long a response is good.</param>
    /// <param name="clock">Dates the responses.</param>
    public OcspSigner(X509Certificate2 issuer, X509Certificate2 responder, PrivateKey key, TimeSpan interval, TimeProvider clock)
    {
        _issuer = issuer;
        _responder = responder;
        _key = key;
        _interval = interval;
        _clock = clock;
    }

    /// <summary>Signs a response about one certificate.</summary>
    /// <returns>DER.</returns>
    /// <exception cref="PkiException">8100: another CA issued the certificate.</exception>
    public byte[] Sign(X509Certificate2 certificate, OcspStatement statement)
    {
        if (!certificate.IssuerName.RawData.AsSpan().SequenceEqual(_issuer.SubjectName.RawData)
            || !CertificateSignature.IsSignedBy(certificate, _issuer))
            throw new PkiException(PkiErrorCategory.Ocsp, PkiReason.IssuerMismatch).WithCure("-ca must be the CA that issued -cert");
        byte[] data = ResponseData(certificate, statement);
        var basic = new AsnWriter(AsnEncodingRules.DER);
        using (basic.PushSequence())
        {
            SignedStructure.Write(basic, data, _key);
            // The client knows its CA already; any other responder has to be introduced.
            if (!_responder.RawDataMemory.Span.SequenceEqual(_issuer.RawDataMemory.Span))
            {
                using (basic.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                using (basic.PushSequence())
                    basic.WriteEncodedValue(_responder.RawData);
            }
        }
        return Wrap(basic.Encode());
    }

    public void Dispose()
    {
        _issuer.Dispose();
        _responder.Dispose();
        _key.Dispose();
    }

    private static byte[] Wrap(byte[] basicResponse)
    {
        var response = new AsnWriter(AsnEncodingRules.DER);
        using (response.PushSequence())
        {
            response.WriteEncodedValue([0x0a, 0x01, 0x00]); // ENUMERATED successful
            using (response.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (response.PushSequence())
            {
                response.WriteObjectIdentifier(BasicResponseOid);
                response.WriteOctetString(basicResponse);
            }
        }
        return response.Encode();
    }

    private byte[] ResponseData(X509Certificate2 certificate, OcspStatement statement)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        DateTimeOffset thisUpdate = Truncate(now, TimeSpan.TicksPerHour);
        var data = new AsnWriter(AsnEncodingRules.DER);
        using (data.PushSequence())
        {
            using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
                data.WriteEncodedValue(_responder.SubjectName.RawData);
            data.WriteGeneralizedTime(Truncate(now, TimeSpan.TicksPerMinute), omitFractionalSeconds: true);
            using (data.PushSequence())
            using (data.PushSequence())
            {
                WriteCertificateId(data, certificate);
                WriteStatus(data, statement);
                data.WriteGeneralizedTime(thisUpdate, omitFractionalSeconds: true);
                using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                    data.WriteGeneralizedTime(thisUpdate + _interval, omitFractionalSeconds: true);
            }
        }
        return data.Encode();
    }

#pragma warning disable CA5350 // SHA-1 names the issuer here, it protects nothing (RFC 5019 §2.1.1 asks for it).
    private void WriteCertificateId(AsnWriter data, X509Certificate2 certificate)
    {
        using (data.PushSequence())
        {
            using (data.PushSequence())
            {
                data.WriteObjectIdentifier(Sha1Oid);
                data.WriteNull();
            }
            data.WriteOctetString(SHA1.HashData(_issuer.SubjectName.RawData));
            data.WriteOctetString(SHA1.HashData(_issuer.PublicKey.EncodedKeyValue.RawData));
            data.WriteInteger(certificate.SerialNumberBytes.Span);
        }
    }
#pragma warning restore CA5350

    private static void WriteStatus(AsnWriter data, OcspStatement statement)
    {
        if (statement.Status != OcspStatus.Revoked)
        {
            data.WriteNull(new Asn1Tag(TagClass.ContextSpecific, (int)statement.Status));
            return;
        }
        using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, (int)OcspStatus.Revoked)))
        {
            data.WriteGeneralizedTime(statement.RevokedAt.ToUniversalTime(), omitFractionalSeconds: true);
            if (statement.Reason == 0)
                return;
            using (data.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                data.WriteEncodedValue([0x0a, 0x01, (byte)statement.Reason]);
        }
    }

    private static DateTimeOffset Truncate(DateTimeOffset time, long ticks) => new(time.UtcTicks / ticks * ticks, TimeSpan.Zero);
}
