using System.Security.Cryptography.X509Certificates;
using Cfssl.Signing;
using Cfssl.Store;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Revocation;

namespace Cfssl.Commands;

/// <summary><c>cfssl ocsprefresh</c>: new OCSP responses for everything in the database that has not expired.</summary>
internal sealed class OcspRefreshCommand : ICfsslCommand
{
    public string Name => "ocsprefresh";

    public string Summary => "refresh the stored OCSP responses of all known unexpired certificates";

    public IReadOnlyList<string> Synopsis => ["ocsprefresh -db-config file -ca cert -responder cert -responder-key key [-interval 96h]"];

    public IReadOnlyList<string> Flags => ["ca", "responder", "responder-key", "db-config", "interval"];

    public Task RunAsync(CommandContext context)
    {
        CfsslOptions options = context.Options;
        Require(options.DatabaseConfig, "need DB config file (provide with -db-config)");
        Require(options.Responder, "need responder certificate (provide with -responder)");
        Require(options.ResponderKey, "need responder key (provide with -responder-key)");
        Require(options.Ca, "need CA certificate (provide with -ca)");
        using OcspSigner signer = OcspSignerFactory.CreateLogged(context);
        CertificateDatabase database = CertificateDatabase.OpenConfigured(options.DatabaseConfig);
        DateTimeOffset expiry = context.Console.Clock.GetUtcNow() + options.OcspInterval.ToTimeSpan();
        foreach (CertificateRecord record in database.Unexpired())
            Refresh(context, signer, database, record, expiry);
        return Task.CompletedTask;
    }

    private static void Refresh(
        CommandContext context, OcspSigner signer, CertificateDatabase database, CertificateRecord record, DateTimeOffset expiry)
    {
        try
        {
            using X509Certificate2 certificate = CertificateReader.ReadOne(record.Pem);
            byte[] response = signer.Sign(certificate, record.ToStatement());
            // The key of the row is what clients will ask with: the serial and the issuer's key identifier.
            database.SaveOcsp(new OcspRecord(record.Serial, IssueRecorder.AuthorityKeyIdOf(certificate), response, expiry));
        }
        catch (PkiException error)
        {
            context.Log.Critical($"Unable to sign OCSP response: {error.Line}");
            throw error.WithCure($"certificate {record.Serial}: {error.Cure ?? error.Message}");
        }
    }

    private static void Require(string value, string message)
    {
        if (value.Length == 0)
            throw new PkiException(message);
    }
}
