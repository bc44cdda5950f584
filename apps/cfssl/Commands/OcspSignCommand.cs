using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Cfssl.Signing;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Inspection;
using Etcd.Pki.Revocation;

namespace Cfssl.Commands;

/// <summary><c>cfssl ocspsign</c>: one OCSP response.</summary>
internal sealed class OcspSignCommand : ICfsslCommand
{
    public string Name => "ocspsign";

    public string Summary => "sign an OCSP response for a given CA, cert, and status; prints it as base64";

    public IReadOnlyList<string> Synopsis =>
        ["ocspsign -ca cert -responder cert -responder-key key -cert cert [-status status] [-reason code] [-revoked-at YYYY-MM-DD] [-interval 96h]"];

    public IReadOnlyList<string> Flags => ["ca", "responder", "responder-key", "cert", "status", "reason", "revoked-at", "interval"];

    public Task RunAsync(CommandContext context)
    {
        using X509Certificate2 certificate = ReadCertificate(context);
        OcspStatement statement = Statement(context);
        using OcspSigner signer = OcspSignerFactory.CreateLogged(context);
        byte[] response = Logged(context, "Unable to sign OCSP response", () => signer.Sign(certificate, statement));
        context.PrintResult(("ocspResponse", Convert.ToBase64String(response)));
        return Task.CompletedTask;
    }

    private static X509Certificate2 ReadCertificate(CommandContext context)
    {
        string pem = Logged(context, "Unable to read certificate", () => InputFile.ReadText(context.Options.Certificate));
        return Logged(context, "Unable to parse certificate", () => CertificateReader.ReadOne(pem));
    }

    private static OcspStatement Statement(CommandContext context)
    {
        CfsslOptions options = context.Options;
        OcspStatus status = Logged(context, "Unable to sign OCSP response", () => OcspWords.ParseStatus(options.Status));
        if (status != OcspStatus.Revoked)
            return new OcspStatement(status);
        int reason = Logged(context, "Invalid reason code", () => OcspWords.ParseReason(options.Reason));
        return new OcspStatement(status, reason, RevocationTime(context));
    }

    private static DateTimeOffset RevocationTime(CommandContext context)
    {
        string text = context.Options.RevokedAt;
        if (text == "now")
            return context.Console.Clock.GetUtcNow();
        if (DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            return time;
        context.Log.Critical($"Malformed revocation time: {text}");
        throw new PkiException($"parsing time \"{text}\" as \"2006-01-02\": cannot parse \"{text}\"", "write -revoked-at as YYYY-MM-DD, or now");
    }

    private static TResult Logged<TResult>(CommandContext context, string what, Func<TResult> work)
    {
        try
        {
            return work();
        }
        catch (PkiException error)
        {
            context.Log.Critical($"{what}: {error.Line}");
            throw;
        }
    }
}
