using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Cluster;
using Etcd.Pki.Keys;

namespace Etcd.Pki.Checking;

/// <summary>What to check.</summary>
public sealed record CheckRequest
{
    /// <summary>Certificates, keys and CAs in any order.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>What all the leaf certificates are for; null to go by their file names.</summary>
    public EtcdRole? Role { get; init; }

    /// <summary>Names and addresses that server and peer certificates must cover.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>A client URL of a running member; null for none.</summary>
    public string? Endpoint { get; init; }
}

/// <summary>Tells in plain words what about a set of certificates will fail and how to mend it.</summary>
/// <param name="clock">This machine's clock, which is itself under suspicion.</param>
/// <param name="findUser">Asks a member, as the owner of a certificate and key file, whether the certificate's name may be used;
/// null if nobody can ask. Arguments: endpoint, certificate file, key file, CA file or null, common name.</param>
public sealed class PkiCheck(TimeProvider clock, PkiCheck.UserQuestion? findUser = null)
{
    /// <summary>Answers null if there is nothing to complain about, else a sentence.</summary>
    public delegate Task<string?> UserQuestion(
        string endpoint, string certificateFile, string keyFile, string? authorityFile, string commonName, CancellationToken cancellation);

    /// <summary>Looks at everything and never throws for bad input; that is what it is for.</summary>
    public async Task<IReadOnlyList<Finding>> RunAsync(CheckRequest request, CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        var catalog = new FileCatalog(request.Files, request.Role, findings);
        try
        {
            X509Certificate2[] authorities = [.. catalog.Authorities.SelectMany(static file => file.Certificates)];
            var cures = new Cures(catalog.Authorities.FirstOrDefault()?.Path);
            var leafCheck = new LeafCheck(authorities, request.Hosts, clock.GetUtcNow(), cures);
            foreach (AuthorityFile file in catalog.Authorities)
                findings.AddRange(leafCheck.CheckAuthority(file));
            foreach (LeafFile file in catalog.Leaves)
                findings.AddRange(leafCheck.Check(file));
            CheckKeys(catalog, findings);
            if (request.Endpoint is { } endpoint)
                findings.AddRange(await new EndpointCheck(endpoint, catalog, authorities, clock, cures, findUser).RunAsync(cancellation));
            if (findings.Count == 0)
                findings.Add(new Finding(FindingLevel.Error, "nothing", "was given to check", "etcdctl pki check FILES… [--endpoint URL]"));
            return findings;
        }
        finally
        {
            foreach (KeyFile file in catalog.Keys)
                file.Key.Dispose();
        }
    }

    private static void CheckKeys(FileCatalog catalog, List<Finding> findings)
    {
        X509Certificate2[] certificates =
            [.. catalog.Leaves.Select(static leaf => leaf.Certificate), .. catalog.Authorities.SelectMany(static file => file.Certificates)];
        foreach (KeyFile file in catalog.Keys)
        {
            if (certificates.Any(certificate => file.Key.Matches(certificate.PublicKey)))
                continue;
            string? partner = catalog.Leaves.Select(static leaf => leaf.Path).Concat(catalog.Authorities.Select(static authority => authority.Path))
                .FirstOrDefault(path => Cures.KeyPathOf(path) == file.Path);
            partner ??= certificates.Length == 1 ? catalog.Leaves.Select(static leaf => leaf.Path).FirstOrDefault() ?? catalog.Authorities[0].Path : null;
            findings.Add(partner is not null
                ? new Finding(FindingLevel.Error, file.Path, $"is not the key of {partner}; etcd will say \"private key does not match public key\"", $"find the key that was made with {partner}, or make both again: cfssl gencert … | cfssljson -bare {Path.ChangeExtension(partner, null)}")
                : new Finding(certificates.Length > 0 ? FindingLevel.Error : FindingLevel.Warning, file.Path, "is the key of none of the certificates given", "name its certificate too, or remove the key"));
        }
        foreach (LeafFile leaf in catalog.Leaves.Where(leaf => catalog.Keys.Count > 0 && !catalog.Keys.Any(key => Fits(key.Key, leaf.Certificate))))
        {
            bool isToldAlready = findings.Any(finding => finding.Text.Contains(leaf.Path, StringComparison.Ordinal));
            if (!isToldAlready)
                findings.Add(new Finding(FindingLevel.Warning, leaf.Path, "came without its key, so the pair was not checked", $"name {Cures.KeyPathOf(leaf.Path)} too"));
        }
    }

    private static bool Fits(PrivateKey key, X509Certificate2 certificate) => key.Matches(certificate.PublicKey);
}
