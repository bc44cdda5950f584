using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using StoredMember = Etcd.Store.Membership.Member;

namespace Etcd.Api.Services;

/// <summary>etcdserverpb.Cluster. Compat: its response headers carry no revision.</summary>
public sealed class ClusterService(IMember member, Callers callers, ResponseHeaders headers)
{
    private const string Service = "etcdserverpb.Cluster";

    public IEnumerable<GrpcMethod> Methods =>
    [
        new(Service, "MemberAdd", MethodKind.Unary, AddAsync),
        new(Service, "MemberRemove", MethodKind.Unary, RemoveAsync),
        new(Service, "MemberUpdate", MethodKind.Unary, UpdateAsync),
        new(Service, "MemberList", MethodKind.Unary, ListAsync),
        new(Service, "MemberPromote", MethodKind.Unary, PromoteAsync),
    ];

    private async ValueTask<GrpcStatus> ListAsync(ServerCall call)
    {
        MemberListRequest request = call.Parse(MemberListRequest.Parser);
        if (request.Linearizable)
            await member.ReadBarrierAsync(call.CancellationToken);
        await callers.RequireUserAsync(call);
        var response = new MemberListResponse { Header = headers.Create(0) };
        response.Members.AddRange(member.Cluster.Current.Members.Select(ToMessage));
        call.WriteMessage(response);
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> AddAsync(ServerCall call)
    {
        MemberAddRequest request = call.Parse(MemberAddRequest.Parser);
        HashSet<ulong> before = [.. member.Cluster.Current.Members.Select(static m => m.Id)];
        MembershipAction action = request.IsLearner ? MembershipAction.AddLearner : MembershipAction.Add;
        IReadOnlyList<StoredMember> members = await ChangeAsync(call, new MembershipRequest(action, 0, request.PeerURLs));
        var response = new MemberAddResponse { Header = headers.Create(0) };
        response.Members.AddRange(members.Select(ToMessage));
        response.Member = response.Members.FirstOrDefault(m => !before.Contains(m.ID));
        call.WriteMessage(response);
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> RemoveAsync(ServerCall call)
    {
        MemberRemoveRequest request = call.Parse(MemberRemoveRequest.Parser);
        var response = new MemberRemoveResponse { Header = headers.Create(0) };
        response.Members.AddRange((await ChangeAsync(call, new MembershipRequest(MembershipAction.Remove, request.ID, []))).Select(ToMessage));
        call.WriteMessage(response);
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> UpdateAsync(ServerCall call)
    {
        MemberUpdateRequest request = call.Parse(MemberUpdateRequest.Parser);
        var response = new MemberUpdateResponse { Header = headers.Create(0) };
        response.Members.AddRange((await ChangeAsync(call, new MembershipRequest(MembershipAction.Update, request.ID, request.PeerURLs))).Select(ToMessage));
        call.WriteMessage(response);
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> PromoteAsync(ServerCall call)
    {
        MemberPromoteRequest request = call.Parse(MemberPromoteRequest.Parser);
        var response = new MemberPromoteResponse { Header = headers.Create(0) };
        response.Members.AddRange((await ChangeAsync(call, new MembershipRequest(MembershipAction.Promote, request.ID, []))).Select(ToMessage));
        call.WriteMessage(response);
        return GrpcStatus.Ok;
    }

    private async ValueTask<IReadOnlyList<StoredMember>> ChangeAsync(ServerCall call, MembershipRequest request)
    {
        await callers.RequireAdminAsync(call);
        return await member.ChangeMembershipAsync(request, call.CancellationToken);
    }

    private static Protocol.Rpc.Member ToMessage(StoredMember stored)
    {
        var message = new Protocol.Rpc.Member { ID = stored.Id, Name = stored.Name, IsLearner = stored.IsLearner };
        message.PeerURLs.AddRange(stored.PeerUrls);
        message.ClientURLs.AddRange(stored.ClientUrls);
        return message;
    }
}
