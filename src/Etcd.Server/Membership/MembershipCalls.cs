using Etcd.Protocol.Errors;
using Etcd.Protocol.Raft;
using Etcd.Store.Membership;
using StoredMember = Etcd.Store.Membership.Member;

namespace Etcd.Server.Membership;

/// <summary>Membership changes as clients ask for them (spec api §7.1).</summary>
/// <remarks>This member serves clusters of one: it can change its own peer URLs, and refuses, saying why, what needs other members.</remarks>
internal sealed class MembershipCalls(ulong memberId, Cluster cluster, Func<MembershipRequest, CancellationToken, Task<EtcdError?>> propose)
{
    private static readonly EtcdError s_needsPeers = new(
        StatusCode.Unimplemented, "etcdserver: this server runs one-member clusters only; it cannot add members yet");

    public async ValueTask<IReadOnlyList<StoredMember>> ChangeAsync(MembershipRequest request, CancellationToken cancellationToken)
    {
        if (Refusal(request) is { } refusal)
            throw new EtcdException(refusal);
        if (await propose(request, cancellationToken) is { } error)
            throw new EtcdException(error);
        return cluster.Current.Members;
    }

    /// <param name="request">Accepted by <see cref="ChangeAsync"/>.</param>
    /// <param name="id">Request id under which the answer is waited for.</param>
    public static ConfChange ToConfChange(MembershipRequest request, ulong id)
    {
        var member = new StoredMember(request.MemberId) { PeerUrls = request.PeerUrls };
        return request.Action switch
        {
            MembershipAction.Remove => new ConfChange(id, ConfChangeType.RemoveNode, request.MemberId, default),
            MembershipAction.Update => new ConfChange(id, ConfChangeType.UpdateNode, request.MemberId, MemberJson.Encode(member)),
            MembershipAction.Promote => new ConfChange(id, ConfChangeType.AddNode, request.MemberId, MemberJson.Encode(member, isPromote: true)),
            _ => throw new ArgumentOutOfRangeException(nameof(request), request.Action, "needs peers"),
        };
    }

    private EtcdError? Refusal(MembershipRequest request)
    {
        bool addresses = request.Action is MembershipAction.Add or MembershipAction.AddLearner or MembershipAction.Update;
        if (addresses && (request.PeerUrls.Count == 0 || !PeerUrls.TryNormalize(request.PeerUrls.ToArray(), out _, out _)))
            return EtcdError.MemberBadUrls;
        if (request.Action is MembershipAction.Add or MembershipAction.AddLearner)
            return s_needsPeers;
        StoredMember? member = cluster.Current.Find(request.MemberId);
        if (member is null)
            return EtcdError.MemberNotFound;
        return request.Action switch
        {
            MembershipAction.Promote when !member.IsLearner => EtcdError.MemberNotLearner,
            MembershipAction.Remove when member.Id == memberId => EtcdError.NotEnoughStartedMembers,
            _ => null,
        };
    }
}
