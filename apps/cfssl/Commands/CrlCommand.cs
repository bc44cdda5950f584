using System.Security.Cryptography.X509Certificates;
using Cfssl.Signing;
using Cfssl.Store;
using Etcd.Pki.Errors;
using Etcd.Pki.Keys;
using Etcd.Pki.Revocation;

namespace Cfssl.Commands;

/// <summary><c>cfssl crl</c>: a CRL of everything that is revoked in the database.</summary>
internal sealed class CrlCommand : ICfsslCommand
{
    public string Name => "crl";

    public string Summary => "generate a new Certificate Revocation List from the certificate database, base64 of DER";

    public IReadOnlyList<string> Synopsis => ["crl -db-config file -ca cert -ca-key key [-expiry 168h]"];

    public IReadOnlyList<string> Flags => ["db-config", "ca", "ca-key", "expiry"];

    public Task RunAsync(CommandContext context)
    {
        CfsslOptions options = context.Options;
        RequireFlag(context, options.Ca, "need CA certificate (provide one with -ca)");
        RequireFlag(context, options.CaKey, "need CA key (provide one with -ca-key)");
        RequireFlag(context, options.DatabaseConfig, "no Database specified!");
        CertificateDatabase database = CertificateDatabase.OpenConfigured(options.DatabaseConfig);
        using X509Certificate2 ca = CaFiles.ReadCertificate(options.Ca);
        using PrivateKey key = CaFiles.ReadSigningKey(options, ca);
        byte[] crl = FromDatabase(database, ca, key, options.CrlExpiry.ToTimeSpan(), context.Console.Clock);
        context.Console.Out.Write(Convert.ToBase64String(crl) + "\n");
        return Task.CompletedTask;
    }

    /// <summary>The CRL of a database, DER.</summary>
    /// <exception cref="PkiException">The key is another CA's, or the database fails.</exception>
    public static byte[] FromDatabase(CertificateDatabase database, X509Certificate2 ca, PrivateKey key, TimeSpan life, TimeProvider clock)
    {
        DateTimeOffset now = clock.GetUtcNow();
        IEnumerable<RevokedCertificate> revoked = database.RevokedAndUnexpired()
            .Select(static record => new RevokedCertificate(SerialList.ParseOne(record.Serial, "certificate database"), record.RevokedAt));
        return CrlBuilder.Build(ca, key, revoked, now, now + life);
    }

    // Compat: as with -ca above, the original logs and pretends success.
    private static void RequireFlag(CommandContext context, string value, string message)
    {
        if (value.Length > 0)
            return;
        context.Log.Error(message);
        throw new QuietFailure();
    }
}
