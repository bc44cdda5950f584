using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Cluster;
using Etcd.Pki.Keys;

namespace Etcd.Pki.Checking;

/// <summary>A certificate file that is not an authority's: its own certificate and the intermediates behind it.</summary>
/// <param name="Role">What it is for, as far as the caller or the file's name tells.</param>
internal sealed record LeafFile(string Path, X509Certificate2 Certificate, IReadOnlyList<X509Certificate2> Intermediates, EtcdRole? Role);

/// <summary>A file of authorities.</summary>
internal sealed record AuthorityFile(string Path, IReadOnlyList<X509Certificate2> Certificates);

/// <summary>A private key file.</summary>
internal sealed record KeyFile(string Path, PrivateKey Key);
