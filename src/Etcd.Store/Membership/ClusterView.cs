using Etcd.Protocol.Raft;

namespace Etcd.Store.Membership;

/// <summary>A running or cancelled downgrade of the cluster.</summary>
/// <param name="TargetVersion">X.Y.Z; empty unless enabled.</param>
public readonly record struct DowngradeInfo(bool Enabled, string TargetVersion)
{
    public static DowngradeInfo None => new(false, "");
}

/// <summary>The membership at one moment. Immutable, any thread.</summary>
/// <param name="Members">By ascending id.</param>
/// <param name="Removed">Ids that were members once and can never return, ascending.</param>
/// <param name="Version">Null until the first leader has decided.</param>
public sealed record ClusterView(IReadOnlyList<Member> Members, IReadOnlyList<ulong> Removed, ClusterVersion? Version, DowngradeInfo Downgrade)
{
    public static ClusterView Empty { get; } = new([], [], null, DowngradeInfo.None);

    public IEnumerable<Member> Voters => Members.Where(static member => !member.IsLearner);

    /// <summary>The same membership as raft sees it.</summary>
    public ConfState ConfState => new()
    {
        Voters = [.. Voters.Select(static member => member.Id)],
        Learners = [.. Members.Where(static member => member.IsLearner).Select(static member => member.Id)],
    };

    public Member? Find(ulong id) => Members.FirstOrDefault(member => member.Id == id);

    public bool IsRemoved(ulong id) => Removed.Contains(id);

    /// <summary>Whether a member other than <paramref name="exceptId"/> has one of the peer URLs.</summary>
    public bool HasPeerUrl(IEnumerable<string> peerUrls, ulong exceptId = 0) =>
        Members.Any(member => member.Id != exceptId && member.PeerUrls.Any(peerUrls.Contains));

    internal ClusterView With(Member member) =>
        this with { Members = [.. Members.Where(other => other.Id != member.Id).Append(member).OrderBy(static other => other.Id)] };

    internal ClusterView Without(ulong id) => this with
    {
        Members = [.. Members.Where(member => member.Id != id)],
        Removed = [.. Removed.Append(id).Distinct().Order()],
    };
}
