using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Store.Auth;
using Google.Protobuf;

namespace Etcd.Store.Apply;

/// <summary>Applies the requests of the Auth service.</summary>
internal sealed class AuthRequests(AuthStore auth)
{
    /// <summary>Refuses callers who may not make the request; done before anything else is looked at.</summary>
    public static EtcdError? CheckCaller(AuthView auth, Identity identity, Variant variant) => variant switch
    {
        Variant.AuthEnable or Variant.AuthDisable
            or Variant.UserAdd or Variant.UserDelete or Variant.UserChangePassword or Variant.UserGrantRole or Variant.UserRevokeRole
            or Variant.RoleAdd or Variant.RoleDelete or Variant.RoleGrantPermission or Variant.RoleRevokePermission
            or Variant.UserList or Variant.RoleList => auth.CheckAdmin(identity),
        _ => null,
    };

    /// <param name="requestId">With <paramref name="index"/> the seed of a salt that is the same on every member.</param>
    /// <param name="index">Of the entry.</param>
    /// <param name="body">Response fields behind the header.</param>
    public EtcdError? Apply(Variant variant, ReadOnlySpan<byte> request, Identity identity, ulong requestId, ulong index, out ReadOnlyMemory<byte> body)
    {
        body = default;
        switch (variant)
        {
            case Variant.AuthEnable:
                return auth.Enable();
            case Variant.AuthDisable:
                auth.Disable();
                return null;
            case Variant.AuthStatus:
                body = new AuthStatusResponse { Enabled = auth.Current.Enabled, AuthRevision = auth.Current.Revision }.ToByteArray();
                return null;
            case Variant.Authenticate:
                EtcdError? refusal = auth.Authenticate(InternalAuthenticateRequest.Parser.ParseFrom(request), index, out string token);
                body = new AuthenticateResponse { Token = token }.ToByteArray();
                return refusal;
            case Variant.UserAdd:
                AuthUserAddRequest added = AuthUserAddRequest.Parser.ParseFrom(request);
                return auth.AddUser(added, Salt(added.Name, requestId, index));
            case Variant.UserDelete:
                return auth.DeleteUser(AuthUserDeleteRequest.Parser.ParseFrom(request).Name);
            case Variant.UserGet:
                return GetUser(AuthUserGetRequest.Parser.ParseFrom(request).Name, identity, out body);
            case Variant.UserChangePassword:
                AuthUserChangePasswordRequest changed = AuthUserChangePasswordRequest.Parser.ParseFrom(request);
                return auth.ChangePassword(changed, Salt(changed.Name, requestId, index));
            case Variant.UserGrantRole:
                AuthUserGrantRoleRequest granted = AuthUserGrantRoleRequest.Parser.ParseFrom(request);
                return auth.GrantRole(granted.User, granted.Role);
            case Variant.UserRevokeRole:
                AuthUserRevokeRoleRequest revoked = AuthUserRevokeRoleRequest.Parser.ParseFrom(request);
                return auth.RevokeRole(revoked.Name, revoked.Role);
            case Variant.UserList:
                body = new AuthUserListResponse { Users = { auth.Current.Users.Keys } }.ToByteArray();
                return null;
            default:
                return ApplyRole(variant, request, identity, out body);
        }
    }

    private EtcdError? ApplyRole(Variant variant, ReadOnlySpan<byte> request, Identity identity, out ReadOnlyMemory<byte> body)
    {
        body = default;
        switch (variant)
        {
            case Variant.RoleList:
                body = new AuthRoleListResponse { Roles = { auth.Current.Roles.Keys } }.ToByteArray();
                return null;
            case Variant.RoleAdd:
                return auth.AddRole(AuthRoleAddRequest.Parser.ParseFrom(request).Name);
            case Variant.RoleDelete:
                return auth.DeleteRole(AuthRoleDeleteRequest.Parser.ParseFrom(request).Role);
            case Variant.RoleGet:
                return GetRole(AuthRoleGetRequest.Parser.ParseFrom(request).Role, identity, out body);
            case Variant.RoleGrantPermission:
                AuthRoleGrantPermissionRequest granted = AuthRoleGrantPermissionRequest.Parser.ParseFrom(request);
                return auth.GrantPermission(granted.Name, granted.Perm);
            default:
                AuthRoleRevokePermissionRequest revoked = AuthRoleRevokePermissionRequest.Parser.ParseFrom(request);
                return auth.RevokePermission(revoked.Role, revoked.Key, revoked.RangeEnd);
        }
    }

    private EtcdError? GetUser(string name, Identity identity, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (name != identity.UserName && auth.Current.CheckAdmin(identity) is { } refusal)
            return refusal;
        if (!auth.Current.Users.TryGetValue(name, out User? user))
            return EtcdError.UserNotFound;
        body = new AuthUserGetResponse { Roles = { user.Roles } }.ToByteArray();
        return null;
    }

    private EtcdError? GetRole(string name, Identity identity, out ReadOnlyMemory<byte> body)
    {
        body = default;
        if (auth.Current.CheckAdmin(identity) is { } refusal && !auth.Current.HasRole(identity.UserName, name))
            return refusal;
        EtcdError? missing = auth.GetRole(name, out IReadOnlyList<Permission> permissions);
        body = new AuthRoleGetResponse { Perm = { permissions } }.ToByteArray();
        return missing;
    }

    // A salt need not be secret, only unlike any other. It must not depend on the password, which it would help to guess.
    private static byte[] Salt(string userName, ulong requestId, ulong index)
    {
        byte[] name = Encoding.UTF8.GetBytes(userName);
        byte[] seed = new byte[2 * sizeof(ulong) + name.Length];
        BinaryPrimitives.WriteUInt64BigEndian(seed, requestId);
        BinaryPrimitives.WriteUInt64BigEndian(seed.AsSpan(sizeof(ulong)), index);
        name.CopyTo(seed, 2 * sizeof(ulong));
        return SHA256.HashData(seed)[..Bcrypt.SaltBytes];
    }
}
