using System.Text;
using Etcd.Foundation;
using Etcd.Protocol.Rpc;
using Etcd.Store.Membership;
using Etcd.Store.V2;
using Member = Etcd.Store.Membership.Member;

namespace Etcd.Store.Apply;

/// <summary>Applies v2 requests: those of clients to the v2 store, and those by which members up to 3.5 publish themselves
/// and the cluster version.</summary>
internal sealed class V2Requests(V2Store store, ClusterRequests cluster)
{
    /// <exception cref="InvariantException">A method or a publication that no etcd makes.</exception>
    public V2Result Apply(Request request, in ApplyContext context, out ApplyEffects effects)
    {
        effects = ApplyEffects.None;
        long now = context.UnixNanoseconds;
        switch (request.Method)
        {
            case "QGET":
                return store.Get(request.Path, request.Recursive, now);
            case "POST":
                return store.Create(request.Path, request.Dir, request.Val, inOrder: true, ExpiryOf(request), now);
            case "PUT":
                return Put(request, context, out effects);
            case "DELETE" when request.PrevIndex > 0 || request.PrevValue.Length > 0:
                return store.CompareAndDelete(request.Path, request.PrevValue, request.PrevIndex, now);
            case "DELETE":
                return store.Delete(request.Path, request.Dir, request.Recursive, now);
            case "SYNC":
                store.DeleteExpired(request.Time, now);
                return default;
            default:
                throw new InvariantException($"v2 request {request.ID:x} has the unknown method \"{request.Method}\"");
        }
    }

    private V2Result Put(Request request, in ApplyContext context, out ApplyEffects effects)
    {
        effects = ApplyEffects.None;
        long now = context.UnixNanoseconds;
        V2Expiry expiry = ExpiryOf(request);
        bool isCompare = request.PrevIndex > 0 || request.PrevValue.Length > 0;
        if (request.HasPrevExist && !request.PrevExist)
            return store.Create(request.Path, request.Dir, request.Val, inOrder: false, expiry, now);
        if (isCompare)
            return store.CompareAndSwap(request.Path, request.PrevValue, request.PrevIndex, request.Val, expiry, now);
        if (request.HasPrevExist)
            return store.Update(request.Path, request.Val, expiry, now);
        if (MembershipV2.TryParseAttributesPath(request.Path, out ulong memberId))
        {
            effects = Publish(memberId, request.Val, context);
            return default;
        }
        if (request.Path == MembershipV2.VersionPath)
        {
            effects = cluster.SetVersion(request.Val, context.InDatabase);
            return default;
        }
        return store.Set(request.Path, request.Dir, request.Val, expiry, now);
    }

    private ApplyEffects Publish(ulong memberId, string json, in ApplyContext context)
    {
        try
        {
            Member published = MemberJson.Decode(Encoding.UTF8.GetBytes(json), new Member(memberId));
            return cluster.SetAttributes(memberId, published.Name, published.ClientUrls, context.InDatabase);
        }
        catch (FormatException e)
        {
            throw new InvariantException($"member {memberId:x} publishes what cannot be understood: {e.Message}");
        }
    }

    private static V2Expiry ExpiryOf(Request request) => new(request.Expiration, request.Refresh);
}
