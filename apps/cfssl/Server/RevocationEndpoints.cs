using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Cfssl.Commands;
using Cfssl.Signing;
using Cfssl.Store;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Revocation;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Cfssl.Server;

/// <summary><c>gencrl</c>, <c>crl</c>, <c>revoke</c>, <c>ocspsign</c> and <c>certadd</c>.</summary>
internal sealed class RevocationEndpoints(ApiServices services)
{
    private static readonly TimeSpan s_week = TimeSpan.FromDays(7);

    public Task<ApiAnswer> GenCrlAsync(ApiCall call)
    {
        GoJsonValue json = call.Json("gencrl.jsonCRLRequest");
        return Answer(() =>
        {
            using X509Certificate2 issuer = ReadCertificate(json);
            IEnumerable<string> serials = json.FindStrings("serialNumber") ?? [];
            TimeSpan life = ReadSeconds(json.StringOrEmpty("expireTime"));
            using PrivateKey key = ReadKey(json.StringOrEmpty("issuingKey"));
            DateTimeOffset now = services.Clock.GetUtcNow();
            IEnumerable<RevokedCertificate> revoked = serials.Select(text => new RevokedCertificate(SerialList.ParseOne(text, "serialNumber"), now));
            return Quote(CrlBuilder.Build(issuer, key, revoked, now, now + life));
        });
    }

    public Task<ApiAnswer> CrlAsync(ApiCall call) => Answer(() =>
    {
        string expiry = call.Query("expiry") ?? "";
        TimeSpan life = expiry.Length == 0 ? s_week : GoDuration.Parse(expiry).ToTimeSpan();
        using X509Certificate2 ca = CaFiles.ReadCertificate(services.Options.Ca);
        using PrivateKey key = CaFiles.ReadSigningKey(services.Options, ca);
        return Quote(CrlCommand.FromDatabase(services.Database!, ca, key, life, services.Clock));
    });

    public Task<ApiAnswer> RevokeAsync(ApiCall call)
    {
        GoJsonValue json = call.Json("revoke.JsonRevokeRequest");
        return Answer(() =>
        {
            string serial = json.StringOrEmpty("serial");
            string keyId = json.StringOrEmpty("authority_key_id");
            if (serial.Length == 0)
                throw ApiException.BadRequest("serial number is required but not provided");
            if (keyId.Length == 0)
                throw ApiException.BadRequest("authority key id is required but not provided");
            services.Database!.Revoke(serial, keyId, ReadReason(json.StringOrEmpty("reason")));
            return "{}";
        });
    }

    public Task<ApiAnswer> OcspSignAsync(ApiCall call)
    {
        GoJsonValue json = call.Json("ocsp.jsonSignRequest");
        return Answer(() =>
        {
            using X509Certificate2 certificate = ReadCertificate(json);
            OcspStatus status = OcspWords.ParseStatus(json.FindString("status") ?? "good");
            var statement = new OcspStatement(status);
            if (status == OcspStatus.Revoked)
            {
                int reason = (int)Math.Clamp(json.Find("reason")?.AsInteger() ?? 0, 0, 10);
                statement = new OcspStatement(status, reason, ReadDay(json.FindString("revoked_at") ?? "now"));
            }
            byte[] response = services.Ocsp!.Sign(certificate, statement);
            return new GoJsonWriter().BeginObject().Member("ocspResponse", Convert.ToBase64String(response)).EndObject().ToString();
        });
    }

    public Task<ApiAnswer> CertAddAsync(ApiCall call)
    {
        GoJsonValue json = call.Json("certadd.AddRequest");
        return Answer(() =>
        {
            string serial = Require(json, "serial_number", "Serial number is required but not provided");
            string keyId = Require(json, "authority_key_identifier", "Authority key identifier is required but not provided");
            string status = Require(json, "status", "Certificate status is required but not provided");
            if (status is not (CertificateRecord.Good or CertificateRecord.Revoked))
                throw ApiException.BadRequest("Invalid certificate status");
            string pem = Require(json, "pem", "PEM is required but not provided");
            using X509Certificate2 certificate = CertificateReader.ReadOne(pem);
            if (serial != SerialNumbers.ToDecimal(certificate))
                throw ApiException.BadRequest("Serial number mismatch");
            if (!string.Equals(keyId, IssueRecorder.AuthorityKeyIdOf(certificate), StringComparison.OrdinalIgnoreCase))
                throw ApiException.BadRequest("Authority key identifier mismatch");
            int reason = OcspWords.ParseReason(json.Find("reason")?.AsInteger().ToString(CultureInfo.InvariantCulture) ?? "");
            DateTimeOffset revokedAt = status == CertificateRecord.Revoked ? ReadTime(json.StringOrEmpty("revoked_at")) : default;
            services.Database!.Insert(new CertificateRecord(
                serial, keyId, json.StringOrEmpty("ca_label"), status, reason, new DateTimeOffset(certificate.NotAfter.ToUniversalTime()), revokedAt, pem));
            return "{}";
        });
    }

    private static Task<ApiAnswer> Answer(Func<string> work)
    {
        try
        {
            return Task.FromResult(new ApiAnswer(work()));
        }
        catch (PkiException error) when (error.Code == 0)
        {
            throw ApiException.BadRequest(error.Message);
        }
    }

    private static string Quote(byte[] der) => GoJsonWriter.Quote(Convert.ToBase64String(der));

    private static X509Certificate2 ReadCertificate(GoJsonValue json)
    {
        try
        {
            return CertificateReader.ReadOne(json.StringOrEmpty("certificate"));
        }
        catch (PkiException)
        {
            throw ApiException.BadRequest("Malformed certificate");
        }
    }

    private static PrivateKey ReadKey(string pem)
    {
        try
        {
            return PrivateKeyReader.Read(pem);
        }
        catch (PkiException)
        {
            throw ApiException.BadRequest("Malformed Private Key");
        }
    }

    private static int ReadReason(string text)
    {
        try
        {
            return OcspWords.ParseReason(text);
        }
        catch (PkiException)
        {
            throw ApiException.BadRequest("Invalid reason code");
        }
    }

    private static TimeSpan ReadSeconds(string text) =>
        text.Length == 0 ? s_week
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds == 0 ? (int)s_week.TotalSeconds : seconds)
            : throw ApiException.BadRequest("expireTime is the life of the CRL in seconds");

    private DateTimeOffset ReadDay(string text) =>
        text == "now" ? services.Clock.GetUtcNow()
            : DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset day) ? day
            : throw ApiException.BadRequest("Malformed revocation time");

    private static DateTimeOffset ReadTime(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time : throw ApiException.BadRequest("Invalid revocation time");

    private static string Require(GoJsonValue json, string name, string message) =>
        json.StringOrEmpty(name) is { Length: > 0 } text ? text : throw ApiException.BadRequest(message);
}
