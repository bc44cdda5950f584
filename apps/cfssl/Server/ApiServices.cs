using Cfssl.Store;
using Etcd.Pki.Bundles;
using Etcd.Pki.Revocation;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Cfssl.Server;

/// <summary>What the endpoints work with; null means that the server was started without it.</summary>
internal sealed record ApiServices(
    CfsslOptions Options,
    ISigner? Signer,
    OcspSigner? Ocsp,
    Bundler? Bundler,
    CertificateDatabase? Database,
    TimeProvider Clock,
    PkiLog Log)
{
    /// <summary>The bundler learns while it works, so one at a time.</summary>
    public SemaphoreSlim BundlerTurn { get; } = new(1, 1);
}
