using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Profiles;

namespace Etcd.Pki.Cluster;

/// <summary>Compares what a certificate may be used for with what etcd does with it.</summary>
public static class CertificateUsage
{
    /// <summary>The usages, in cfssl's words, that a certificate lacks for a role. A certificate without any extended usage is good for all.</summary>
    public static IReadOnlyList<string> Missing(X509Certificate2 certificate, EtcdRole role)
    {
        X509EnhancedKeyUsageExtension? usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault();
        if (usages is null)
            return [];
        HashSet<string> present = [.. usages.EnhancedKeyUsages.Cast<Oid>().Select(static usage => usage.Value ?? "")];
        if (present.Contains(UsageNames.AnyOid))
            return [];
        var missing = new List<string>();
        if (role is EtcdRole.Server or EtcdRole.Peer && !present.Contains(UsageNames.ServerAuthOid))
            missing.Add("server auth");
        if (role is EtcdRole.Client or EtcdRole.Peer or EtcdRole.Server && !present.Contains(UsageNames.ClientAuthOid))
            missing.Add("client auth");
        return missing;
    }

    /// <summary>True if the certificate may itself issue certificates.</summary>
    public static bool IsAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is { CertificateAuthority: true };
}
