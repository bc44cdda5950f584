using Etcd.Client.Connections;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client;

/// <summary>Users, roles and the switch that makes them count.</summary>
public sealed class AuthClient
{
    private readonly IConnection _connection;

    internal AuthClient(IConnection connection) => _connection = connection;

    public Task<AuthEnableResponse> EnableAsync(CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.Enable, new AuthEnableRequest(), Calls.Once, cancellationToken);

    public Task<AuthDisableResponse> DisableAsync(CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.Disable, new AuthDisableRequest(), Calls.Once, cancellationToken);

    /// <summary>Whether authentication is on (3.5 and later).</summary>
    public Task<AuthStatusResponse> StatusAsync(CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.Status, new AuthStatusRequest(), Calls.Once, cancellationToken);

    /// <param name="password">Null makes a user that can only come with a certificate.</param>
    public Task<AuthUserAddResponse> UserAddAsync(string name, string? password, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.UserAdd,
            new AuthUserAddRequest { Name = name, Password = password ?? "", Options = new UserAddOptions { NoPassword = password is null } },
            Calls.Once, cancellationToken);

    public Task<AuthUserGetResponse> UserGetAsync(string name, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.UserGet, new AuthUserGetRequest { Name = name }, Calls.Repeatable, cancellationToken);

    public Task<AuthUserListResponse> UserListAsync(CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.UserList, new AuthUserListRequest(), Calls.Repeatable, cancellationToken);

    public Task<AuthUserDeleteResponse> UserDeleteAsync(string name, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.UserDelete, new AuthUserDeleteRequest { Name = name }, Calls.Once, cancellationToken);

    public Task<AuthUserChangePasswordResponse> UserChangePasswordAsync(string name, string password, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.UserChangePassword, new AuthUserChangePasswordRequest { Name = name, Password = password }, Calls.Once, cancellationToken);

    public Task<AuthUserGrantRoleResponse> UserGrantRoleAsync(string user, string role, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.UserGrantRole, new AuthUserGrantRoleRequest { User = user, Role = role }, Calls.Once, cancellationToken);

    public Task<AuthUserRevokeRoleResponse> UserRevokeRoleAsync(string user, string role, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.UserRevokeRole, new AuthUserRevokeRoleRequest { Name = user, Role = role }, Calls.Once, cancellationToken);

    public Task<AuthRoleAddResponse> RoleAddAsync(string name, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.RoleAdd, new AuthRoleAddRequest { Name = name }, Calls.Once, cancellationToken);

    public Task<AuthRoleGetResponse> RoleGetAsync(string name, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.RoleGet, new AuthRoleGetRequest { Role = name }, Calls.Repeatable, cancellationToken);

    public Task<AuthRoleListResponse> RoleListAsync(CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.RoleList, new AuthRoleListRequest(), Calls.Repeatable, cancellationToken);

    public Task<AuthRoleDeleteResponse> RoleDeleteAsync(string name, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.RoleDelete, new AuthRoleDeleteRequest { Role = name }, Calls.Once, cancellationToken);

    public Task<AuthRoleGrantPermissionResponse> RoleGrantPermissionAsync(
        string role, Permission.Types.Type type, KeyRange range, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.RoleGrantPermission,
            new AuthRoleGrantPermissionRequest { Name = role, Perm = new Permission { PermType = type, Key = range.Key, RangeEnd = range.End } },
            Calls.Once, cancellationToken);

    public Task<AuthRoleRevokePermissionResponse> RoleRevokePermissionAsync(string role, ByteString key, ByteString rangeEnd, CancellationToken cancellationToken) =>
        _connection.SendAsync(AuthMethods.RoleRevokePermission,
            new AuthRoleRevokePermissionRequest { Role = role, Key = key, RangeEnd = rangeEnd }, Calls.Once, cancellationToken);
}
