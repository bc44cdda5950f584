using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Membership;
using Google.Protobuf;

namespace Etcd.Api.Services;

/// <summary>etcdserverpb.Auth (spec api §6). All but logging in and the status go through the log, reads too, as in etcd.</summary>
public sealed class AuthService(IMember member, Callers callers, ResponseHeaders headers)
{
    private const string Service = "etcdserverpb.Auth";

    public IEnumerable<GrpcMethod> Methods =>
    [
        Replicated("AuthEnable", RequestKind.AuthEnable),
        Replicated("AuthDisable", RequestKind.AuthDisable),
        new(Service, "AuthStatus", MethodKind.Unary, StatusAsync),
        new(Service, "Authenticate", MethodKind.Unary, AuthenticateAsync),
        new(Service, "UserAdd", MethodKind.Unary, UserAddAsync),
        Replicated("UserGet", RequestKind.AuthUserGet),
        Replicated("UserList", RequestKind.AuthUserList),
        Replicated("UserDelete", RequestKind.AuthUserDelete),
        new(Service, "UserChangePassword", MethodKind.Unary, ChangePasswordAsync),
        Replicated("UserGrantRole", RequestKind.AuthUserGrantRole),
        Replicated("UserRevokeRole", RequestKind.AuthUserRevokeRole),
        Replicated("RoleAdd", RequestKind.AuthRoleAdd),
        Replicated("RoleGet", RequestKind.AuthRoleGet),
        Replicated("RoleList", RequestKind.AuthRoleList),
        Replicated("RoleDelete", RequestKind.AuthRoleDelete),
        Replicated("RoleGrantPermission", RequestKind.AuthRoleGrantPermission),
        Replicated("RoleRevokePermission", RequestKind.AuthRoleRevokePermission),
    ];

    /// <summary>Etcd 3.4 does not know the field for a hash: it hashes where it applies.</summary>
    private bool ClusterKnowsHashes => member.Cluster.Current.Version is not { } version || version >= ClusterVersion.V35;

    private GrpcMethod Replicated(string name, RequestKind kind) =>
        new(Service, name, MethodKind.Unary, call =>
        {
            AuthRequests.Check(kind, call.Message.Span);
            return ProposeAsync(call, kind, call.Message);
        });

    private ValueTask<GrpcStatus> StatusAsync(ServerCall call)
    {
        AuthView view = member.Auth.Current;
        call.WriteMessage(new AuthStatusResponse { Header = headers.Create(), Enabled = view.Enabled, AuthRevision = view.Revision });
        return ValueTask.FromResult(GrpcStatus.Ok);
    }

    private async ValueTask<GrpcStatus> AuthenticateAsync(ServerCall call)
    {
        AuthenticateRequest request = call.Parse(AuthenticateRequest.Parser);
        string token = await member.AuthenticateAsync(request.Name, request.Password, call.CancellationToken);
        call.WriteMessage(new AuthenticateResponse { Header = headers.Create(), Token = token });
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> UserAddAsync(ServerCall call)
    {
        AuthUserAddRequest request = call.Parse(AuthUserAddRequest.Parser);
        if (request.Name.Length == 0)
            return EtcdError.UserEmpty;
        await callers.RequireAdminAsync(call);
        if (request.Options is not { NoPassword: true } && ClusterKnowsHashes)
        {
            request.HashedPassword = await member.HashPasswordAsync(request.Password, call.CancellationToken);
            request.Password = "";
        }
        return await ProposeAsync(call, RequestKind.AuthUserAdd, request.ToByteArray());
    }

    private async ValueTask<GrpcStatus> ChangePasswordAsync(ServerCall call)
    {
        AuthUserChangePasswordRequest request = call.Parse(AuthUserChangePasswordRequest.Parser);
        await callers.RequireAdminAsync(call);
        if (request.Password.Length > 0 && ClusterKnowsHashes)
        {
            request.HashedPassword = await member.HashPasswordAsync(request.Password, call.CancellationToken);
            request.Password = "";
        }
        return await ProposeAsync(call, RequestKind.AuthUserChangePassword, request.ToByteArray());
    }

    private async ValueTask<GrpcStatus> ProposeAsync(ServerCall call, RequestKind kind, ReadOnlyMemory<byte> request)
    {
        Identity identity = await callers.ResolveAsync(call);
        ApplyResult result = await member.ProposeAsync(kind, request, identity, call.CancellationToken);
        return headers.Reply(call, result);
    }
}
