namespace Etcd.Pki.Cluster;

/// <summary>Where the files of a cluster's set-up lie.</summary>
/// <remarks><code>
/// DIR/ca/        ca.pem ca-key.pem config.json      the authority; config.json is for cfssl
///                next.pem next-key.pem              its successor, while a rotation is under way
///                old-SERIAL.pem …-key.pem           predecessors
/// DIR/client/    ca.pem client.pem client-key.pem   for etcdctl
/// DIR/NAME/ssl/  ca.pem server.pem server-key.pem peer.pem peer-key.pem
/// DIR/NAME/      etcd.conf etcd.yaml etcd.service
/// </code></remarks>
/// <param name="directory">DIR.</param>
public sealed class ClusterLayout(string directory)
{
    public string Root { get; } = Path.GetFullPath(directory);

    public string AuthorityFolder => Path.Combine(Root, "ca");

    public PairPath Authority => new(Path.Combine(AuthorityFolder, "ca"));

    /// <summary>The new authority of a rotation that is under way.</summary>
    public PairPath NextAuthority => new(Path.Combine(AuthorityFolder, "next"));

    public string ProfilesFile => Path.Combine(AuthorityFolder, "config.json");

    public string ClientFolder => Path.Combine(Root, "client");

    public PairPath Client => new(Path.Combine(ClientFolder, "client"));

    public string ClientTrustFile => Path.Combine(ClientFolder, "ca.pem");

    public string MemberFolder(string name) => Path.Combine(Root, name);

    public PairPath Server(string member) => new(Path.Combine(MemberFolder(member), "ssl", "server"));

    public PairPath Peer(string member) => new(Path.Combine(MemberFolder(member), "ssl", "peer"));

    public string MemberTrustFile(string member) => Path.Combine(MemberFolder(member), "ssl", "ca.pem");

    /// <summary>Every member that has a folder here, by name.</summary>
    public IReadOnlyList<string> FindMembers() => !Directory.Exists(Root) ? [] :
    [
        .. Directory.GetDirectories(Root)
            .Where(static folder => File.Exists(Path.Combine(folder, "ssl", "ca.pem")))
            .Select(static folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>Every file that says whom to trust.</summary>
    public IEnumerable<string> TrustFiles() => [.. FindMembers().Select(MemberTrustFile), ClientTrustFile];

    /// <summary>Every certificate that the authority issued.</summary>
    public IEnumerable<PairPath> IssuedPairs() => [.. FindMembers().SelectMany(member => new[] { Server(member), Peer(member) }), Client];
}

/// <summary>A certificate file and its key file.</summary>
/// <param name="BasePath">Path without <c>.pem</c>.</param>
public readonly record struct PairPath(string BasePath)
{
    public string Certificate => BasePath + ".pem";

    public string Key => BasePath + "-key.pem";
}
