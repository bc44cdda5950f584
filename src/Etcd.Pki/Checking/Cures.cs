using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Cluster;
using Etcd.Pki.Names;

namespace Etcd.Pki.Checking;

/// <summary>The commands that mend what a check finds.</summary>
/// <param name="authorityPath">The authority's certificate file, to be named in commands; null if none was given.</param>
internal sealed class Cures(string? authorityPath)
{
    /// <summary>Issues a certificate again for the same key, with other names or another usage.</summary>
    public string Reissue(string path, X509Certificate2 certificate, EtcdRole role, IEnumerable<string> moreHosts)
    {
        string basePath = path.EndsWith(".pem", StringComparison.Ordinal) ? path[..^".pem".Length] : Path.ChangeExtension(path, null);
        string hosts = string.Join(',', AlternativeNames.Of(certificate).ToHosts().Concat(moreHosts).Distinct(StringComparer.OrdinalIgnoreCase));
        string hostFlag = hosts.Length > 0 ? $" -hostname={hosts}" : "";
        string ca = authorityPath ?? "ca.pem";
        string caKey = KeyPathOf(ca);
        return $"cfssl gencsr -key {KeyPathOf(path)} -cert {path} | cfssljson -bare {basePath} && "
            + $"cfssl sign -ca={ca} -ca-key={caKey} -config=config.json -profile={ProfileOf(role)}{hostFlag} {basePath}.csr | cfssljson -bare {basePath}";
    }

    public static string ProfileOf(EtcdRole role) => role switch
    {
        EtcdRole.Server => "server",
        EtcdRole.Peer => "peer",
        _ => "client",
    };

    /// <summary>Where the key of a certificate file is by custom: <c>x-key.pem</c> beside <c>x.pem</c>, <c>x.key</c> beside <c>x.crt</c>.</summary>
    public static string KeyPathOf(string certificatePath) =>
        certificatePath.EndsWith(".pem", StringComparison.Ordinal) ? certificatePath[..^".pem".Length] + "-key.pem" : Path.ChangeExtension(certificatePath, ".key");
}
