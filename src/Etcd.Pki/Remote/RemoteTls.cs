using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Etcd.Pki.Remote;

/// <summary>Whom to trust and who to be when talking to a cfssl server over TLS.</summary>
/// <param name="Authorities">The only roots to trust; null for the system's.</param>
/// <param name="ClientCertificate">With its private key; null for none.</param>
public sealed record RemoteTls(X509Certificate2Collection? Authorities, X509Certificate2? ClientCertificate)
{
    public static RemoteTls System { get; } = new(null, null);

    internal SslClientAuthenticationOptions ToOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (Authorities is not null)
        {
            options.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                ApplicationPolicy = { new Oid(Profiles.UsageNames.ServerAuthOid) },
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(Authorities);
        }
        if (ClientCertificate is { } certificate)
        {
            options.ClientCertificates = [certificate];
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }
        return options;
    }
}
