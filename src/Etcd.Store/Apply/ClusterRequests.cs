using Etcd.Foundation;
using Etcd.Protocol.Membership;
using Etcd.Protocol.Raft;
using Etcd.Store.Membership;

namespace Etcd.Store.Apply;

/// <summary>Applies what members tell each other about the cluster: membership changes, publications, versions.</summary>
internal sealed class ClusterRequests(Cluster cluster, ulong localMemberId)
{
    /// <summary>Applies a membership entry.</summary>
    public (MembershipError? Refusal, ApplyEffects Effects) Apply(ConfChange change, bool inDatabase)
    {
        if (cluster.Validate(change, inDatabase) is { } refusal)
            return (refusal, ApplyEffects.None);
        cluster.Apply(change, inDatabase);
        bool isOwnRemoval = change.Type == ConfChangeType.RemoveNode && change.NodeId == localMemberId;
        return (null, isOwnRemoval ? ApplyEffects.MembersChanged | ApplyEffects.RemovedSelf : ApplyEffects.MembersChanged);
    }

    /// <summary>Applies a v3 variant of this kind.</summary>
    public ApplyEffects Apply(Variant variant, ReadOnlySpan<byte> request, bool inDatabase)
    {
        switch (variant)
        {
            case Variant.ClusterVersionSet:
                return SetVersion(ClusterVersionSetRequest.Parser.ParseFrom(request).Ver, inDatabase);
            case Variant.ClusterMemberAttrSet:
                ClusterMemberAttrSetRequest published = ClusterMemberAttrSetRequest.Parser.ParseFrom(request);
                Attributes attributes = published.MemberAttributes ?? new Attributes();
                return SetAttributes(published.MemberID, attributes.Name, [.. attributes.ClientUrls], inDatabase);
            default:
                DowngradeInfoSetRequest downgrade = DowngradeInfoSetRequest.Parser.ParseFrom(request);
                cluster.SetDowngrade(downgrade.Enabled ? new DowngradeInfo(true, downgrade.Ver) : DowngradeInfo.None, inDatabase);
                return ApplyEffects.None;
        }
    }

    /// <exception cref="InvariantException">Not a version.</exception>
    public ApplyEffects SetVersion(string text, bool inDatabase)
    {
        Invariant.Holds(ClusterVersion.TryParse(text, out ClusterVersion version), $"the cluster version \"{text}\" is no version");
        ClusterVersion? previous = cluster.Current.Version;
        cluster.SetVersion(version, inDatabase);
        if (previous == version)
            return ApplyEffects.None;
        return previous is { } higher && version < higher
            ? ApplyEffects.ClusterVersionChanged | ApplyEffects.ClusterVersionLowered
            : ApplyEffects.ClusterVersionChanged;
    }

    public ApplyEffects SetAttributes(ulong memberId, string name, IReadOnlyList<string> clientUrls, bool inDatabase) =>
        cluster.SetAttributes(memberId, name, clientUrls, inDatabase) ? ApplyEffects.MembersChanged : ApplyEffects.None;
}
