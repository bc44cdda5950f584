using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Pem;
using Etcd.Pki.Signing;

namespace Cfssl.Store;

/// <summary>Writes every issued certificate into the database before it is handed out.</summary>
internal static class IssueRecorder
{
    /// <returns>For <see cref="LocalSigner.OnIssued"/>; null without a database.</returns>
    public static Action<X509Certificate2, SignRequest>? For(CertificateDatabase? database) =>
        database is null ? null : (certificate, request) => database.Insert(new CertificateRecord(
            SerialNumbers.ToDecimal(certificate),
            AuthorityKeyIdOf(certificate),
            request.Label,
            CertificateRecord.Good,
            Reason: 0,
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
            RevokedAt: default,
            PemBlock.Write("CERTIFICATE", certificate.RawData)));

    public static string AuthorityKeyIdOf(X509Certificate2 certificate) => Convert.ToHexStringLower(KeyIdentifiers.AuthorityOf(certificate));

    /// <summary>The database of <c>-db-config</c>; null without that flag.</summary>
    public static CertificateDatabase? Database(CfsslOptions options) =>
        options.DatabaseConfig.Length == 0 ? null : CertificateDatabase.OpenConfigured(options.DatabaseConfig);
}
