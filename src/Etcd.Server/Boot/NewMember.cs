using Etcd.Foundation.Ids;
using Etcd.Raft;
using Etcd.Store.Membership;

namespace Etcd.Server.Boot;

/// <summary>Who a member is that boots for the first time, by <c>--initial-cluster</c> and its token (spec disk §7, peer §10.1).</summary>
internal sealed record NewMember(ulong MemberId, ulong ClusterId, IReadOnlyList<Peer> Peers)
{
    /// <exception cref="BootException">The settings contradict each other.</exception>
    public static NewMember From(MemberOptions options)
    {
        if (options.JoinExisting)
            throw NeedsPeers("--initial-cluster-state=existing");
        if (!InitialCluster.TryParse(options.InitialCluster, out InitialCluster? initial, out string? error))
            throw Refused(error);
        if (initial.CheckNames(options.Name) is { } refusal)
            throw Refused(refusal);
        IReadOnlyList<string> listed = initial.PeerUrlsByName[options.Name];
        if (!PeerUrls.TryNormalize(options.PeerUrls.ToArray(), out IReadOnlyList<string>? advertised, out error))
            throw Refused(error);
        if (!listed.SequenceEqual(advertised))
            throw Refused(initial.DescribeMismatch(options.Name, advertised, "the lists differ"));
        if (!initial.TryMakeMembers(options.InitialClusterToken, out IReadOnlyList<Store.Membership.Member>? members, out error))
            throw Refused(error);
        if (members.Count > 1)
            throw NeedsPeers("--initial-cluster with several members");
        return new NewMember(
            members.Single(member => member.Name == options.Name).Id,
            ClusterIdentity.ClusterId(members.Select(static member => member.Id)),
            [.. members.Select(static member => new Peer(member.Id, MemberJson.Encode(member)))]);
    }

    private static BootException Refused(string text) =>
        new(text, "make --name, --initial-cluster and --initial-advertise-peer-urls agree with each other");

    private static BootException NeedsPeers(string what) =>
        new($"{what} is not supported: this server runs one-member clusters only", "start a cluster of one, or use the Go etcd for several members");
}
