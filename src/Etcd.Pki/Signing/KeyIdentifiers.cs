using System.Security.Cryptography.X509Certificates;

namespace Etcd.Pki.Signing;

/// <summary>Reads the key identifiers that link a certificate to its issuer.</summary>
public static class KeyIdentifiers
{
    /// <summary>The identifier of the certificate's own key; empty if it has none.</summary>
    public static byte[] SubjectOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault()?.SubjectKeyIdentifierBytes.ToArray() ?? [];

    /// <summary>The identifier of the issuer's key; empty if the certificate does not say.</summary>
    public static byte[] AuthorityOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().FirstOrDefault()?.KeyIdentifier?.ToArray() ?? [];
}
