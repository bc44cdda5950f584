using Etcd.Pki.Keys;

namespace Etcd.Pki.Cluster;

/// <summary>What <c>pki up</c> is to set up.</summary>
public sealed record ClusterPlan
{
    public required IReadOnlyList<ClusterMember> Members { get; init; }

    /// <summary>The folder that receives everything.</summary>
    public required string Directory { get; init; }

    public int ClientPort { get; init; } = 2379;

    public int PeerPort { get; init; } = 2380;

    /// <summary>Where a member's folder will lie on its machine; null if it is used where it is written.</summary>
    public string? InstallDirectory { get; init; } = "/etc/etcd";

    /// <summary>The data directory in the written files; null for one below a member's folder.</summary>
    public string? DataDirectory { get; init; } = "/var/lib/etcd";

    public string Token { get; init; } = "etcd-cluster";

    /// <summary>Common name of the client certificate: the user it stands for once authentication is on.</summary>
    public string ClientName { get; init; } = "root";

    public TimeSpan AuthorityLife { get; init; } = TimeSpan.FromHours(87600);

    public TimeSpan CertificateLife { get; init; } = TimeSpan.FromHours(43800);

    /// <summary>A certificate with less than this left is made anew.</summary>
    public TimeSpan RenewBefore { get; init; } = TimeSpan.FromDays(30);

    public KeySpec Key { get; init; } = KeySpec.Default;

    /// <summary>Makes new keys and replaces files that were edited.</summary>
    public bool IsForced { get; init; }
}
