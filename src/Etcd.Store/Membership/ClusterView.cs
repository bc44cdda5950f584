namespace Etcd.Store.Membership;

/// <summary>A running or cancelled downgrade of the cluster.</summary>
public readonly record struct DowngradeInfo(bool Enabled, string TargetVersion);

/// <summary>The membership at one moment. Immutable, any thread.</summary>
/// <param name="Members">By ascending id.</param>
/// <param name="Removed">Ids that were members once and can never return, ascending.</param>
/// <param name="Version">Null until the first leader has decided.</param>
public sealed record ClusterView(IReadOnlyList<Member> Members, IReadOnlyList<ulong> Removed, ClusterVersion? Version, DowngradeInfo Downgrade)
{
    public Member? Find(ulong id) => Members.FirstOrDefault(member => member.Id == id);
}
