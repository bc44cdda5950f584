using System.Text;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Store.Backend;
using Google.Protobuf;

namespace Etcd.Store.Auth;

/// <summary>Users, roles and permissions (role based access control), as buckets auth, authUsers and authRoles keep them.</summary>
/// <remarks>Each operation returns its refusal, or null when done. Changed by the apply thread; readers take
/// <see cref="Current"/>. Who may call an operation is checked by Apply, not here.</remarks>
public sealed class AuthStore
{
    private readonly IBackend _backend;
    private readonly IAuthTokens _tokens;
    private readonly int _bcryptCost;
    private volatile AuthView _current;
    private bool _isRevisionStored;

    /// <summary>Reads users, roles and the switch from the database.</summary>
    /// <param name="bcryptCost">For passwords that old logs carry in clear text. Out of range: the default.</param>
    /// <exception cref="Foundation.CorruptException">A record cannot be read.</exception>
    public AuthStore(IBackend backend, IAuthTokens tokens, int bcryptCost)
    {
        _backend = backend;
        _tokens = tokens;
        _bcryptCost = bcryptCost is >= Bcrypt.MinCost and <= Bcrypt.MaxCost ? bcryptCost : Bcrypt.DefaultCost;
        _current = AuthRecords.Load(backend);
        _isRevisionStored = _current.Revision > 0;
        if (!_isRevisionStored)
            _current = _current.With(revision: 1);
        if (_current.Enabled)
            tokens.Enable();
    }

    public AuthView Current => _current;

    /// <summary>Writes the start revision of a new database; to be called inside the first entry that is applied to it.</summary>
    public void StoreInitialRevision()
    {
        if (_isRevisionStored)
            return;
        _isRevisionStored = true;
        AuthRecords.StoreRevision(_backend, _current.Revision);
    }

    public EtcdError? Enable()
    {
        if (_current.Enabled)
            return null;
        if (!_current.Users.TryGetValue(AuthView.Root, out User? root))
            return EtcdError.RootUserNotExist;
        if (!AuthView.HasRootRole(root))
            return EtcdError.RootRoleNotExist;
        AuthRecords.StoreEnabled(_backend, enabled: true);
        _current = _current.With(enabled: true);
        _tokens.Enable();
        return null;
    }

    public void Disable()
    {
        if (!_current.Enabled)
            return;
        AuthRecords.StoreEnabled(_backend, enabled: false);
        Commit(_current.With(enabled: false));
        _tokens.Disable();
    }

    /// <summary>Lets a user in whose password the member that took the call has checked.</summary>
    /// <param name="index">Raft index of the entry.</param>
    public EtcdError? Authenticate(InternalAuthenticateRequest request, ulong index, out string token)
    {
        token = "";
        if (!_current.Enabled)
            return EtcdError.AuthNotEnabled;
        if (!_current.Users.TryGetValue(request.Name, out User? user) || user.Options is { NoPassword: true })
            return EtcdError.AuthFailed;
        return _tokens.Assign(request.Name, request.SimpleToken, index, _current.Revision, out token);
    }

    /// <param name="salt">16 bytes, the same on every member, used if the password comes in clear text.</param>
    public EtcdError? AddUser(AuthUserAddRequest request, ReadOnlySpan<byte> salt)
    {
        if (request.Name.Length == 0)
            return EtcdError.UserEmpty;
        if (_current.Users.ContainsKey(request.Name))
            return EtcdError.UserAlreadyExists;
        var user = new User { Name = ByteString.CopyFromUtf8(request.Name), Options = request.Options ?? new UserAddOptions() };
        if (!user.Options.NoPassword && SetPassword(user, request.Password, request.HashedPassword, salt) is { } refusal)
            return refusal;
        CommitUser(user);
        return null;
    }

    public EtcdError? DeleteUser(string name)
    {
        if (_current.Enabled && name == AuthView.Root)
            return EtcdError.InvalidAuthManagement;
        if (!_current.Users.TryGetValue(name, out User? user))
            return EtcdError.UserNotFound;
        AuthRecords.Delete(_backend, user);
        Commit(_current.With(users: _current.Users.Remove(name)));
        _tokens.InvalidateUser(name);
        return null;
    }

    /// <inheritdoc cref="AddUser"/>
    public EtcdError? ChangePassword(AuthUserChangePasswordRequest request, ReadOnlySpan<byte> salt)
    {
        if (!_current.Users.TryGetValue(request.Name, out User? user))
            return EtcdError.UserNotFound;
        user = user.Clone();
        user.Password = ByteString.Empty;
        if (user.Options is not { NoPassword: true } && SetPassword(user, request.Password, request.HashedPassword, salt) is { } refusal)
            return refusal;
        CommitUser(user);
        _tokens.InvalidateUser(request.Name);
        return null;
    }

    public EtcdError? GrantRole(string userName, string roleName)
    {
        if (!_current.Users.TryGetValue(userName, out User? user))
            return EtcdError.UserNotFound;
        // Compat: role root needs no RoleAdd.
        if (roleName != AuthView.Root && !_current.Roles.ContainsKey(roleName))
            return EtcdError.RoleNotFound;
        if (user.Roles.Contains(roleName))
            return null;
        CommitUser(WithRoles(user, user.Roles.Append(roleName).Order(Foundation.GoStringComparer.Instance)));
        return null;
    }

    public EtcdError? RevokeRole(string userName, string roleName)
    {
        if (_current.Enabled && userName == AuthView.Root && roleName == AuthView.Root)
            return EtcdError.InvalidAuthManagement;
        if (!_current.Users.TryGetValue(userName, out User? user))
            return EtcdError.UserNotFound;
        if (!user.Roles.Contains(roleName))
            return EtcdError.RoleNotGranted;
        CommitUser(WithRoles(user, user.Roles.Where(role => role != roleName)));
        return null;
    }

    public EtcdError? AddRole(string name)
    {
        if (name.Length == 0)
            return EtcdError.RoleEmpty;
        if (_current.Roles.ContainsKey(name))
            return EtcdError.RoleAlreadyExists;
        CommitRole(new Role { Name = ByteString.CopyFromUtf8(name) });
        return null;
    }

    public EtcdError? DeleteRole(string name)
    {
        if (_current.Enabled && name == AuthView.Root)
            return EtcdError.InvalidAuthManagement;
        if (!_current.Roles.TryGetValue(name, out Role? role))
            return EtcdError.RoleNotFound;
        AuthRecords.Delete(_backend, role);
        AuthView next = _current.With(roles: _current.Roles.Remove(name));
        foreach (User user in _current.Users.Values.Where(user => user.Roles.Contains(name)))
        {
            User without = WithRoles(user, user.Roles.Where(other => other != name));
            AuthRecords.Store(_backend, without);
            next = next.With(users: next.Users.SetItem(without.Name.ToStringUtf8(), without));
        }
        Commit(next);
        return null;
    }

    /// <summary>The permissions of a role.</summary>
    public EtcdError? GetRole(string name, out IReadOnlyList<Permission> permissions)
    {
        permissions = [];
        if (!_current.Roles.TryGetValue(name, out Role? role))
            return EtcdError.RoleNotFound;
        // Compat: from 3.6 on, role root shows the right to everything, although none is stored.
        permissions = name == AuthView.Root
            ? [new Permission { PermType = Permission.Types.Type.Readwrite, RangeEnd = ByteString.CopyFrom(0) }]
            : role.KeyPermission;
        return null;
    }

    public EtcdError? GrantPermission(string roleName, Permission? permission)
    {
        if (permission is null)
            return EtcdError.PermissionNotGiven;
        if (!IsValidRange(permission.Key.Span, permission.RangeEnd.Span))
            return EtcdError.InvalidAuthManagement;
        if (!_current.Roles.TryGetValue(roleName, out Role? role))
            return EtcdError.RoleNotFound;
        role = role.Clone();
        int at = 0;
        while (at < role.KeyPermission.Count && role.KeyPermission[at].Key.Span.SequenceCompareTo(permission.Key.Span) < 0)
            at++;
        // Compat: only the first of several ranges with this key can be the one that is replaced. Another one that is
        // equal to the new range stays, so that both count; members must agree on that.
        if (at < role.KeyPermission.Count && IsSameRange(role.KeyPermission[at], permission.Key, permission.RangeEnd))
        {
            role.KeyPermission[at].PermType = permission.PermType;
        }
        else
        {
            while (at < role.KeyPermission.Count && role.KeyPermission[at].Key == permission.Key)
                at++;
            role.KeyPermission.Insert(at, new Permission { PermType = permission.PermType, Key = permission.Key, RangeEnd = permission.RangeEnd });
        }
        CommitRole(role);
        return null;
    }

    public EtcdError? RevokePermission(string roleName, ByteString key, ByteString rangeEnd)
    {
        if (!_current.Roles.TryGetValue(roleName, out Role? role))
            return EtcdError.RoleNotFound;
        var without = new Role { Name = role.Name };
        without.KeyPermission.AddRange(role.KeyPermission.Where(permission => !IsSameRange(permission, key, rangeEnd)));
        if (without.KeyPermission.Count == role.KeyPermission.Count)
            return EtcdError.PermissionNotGranted;
        CommitRole(without);
        return null;
    }

    // Old logs (3.4) carry the password itself, newer ones base64 of its hash.
    private EtcdError? SetPassword(User user, string password, string hashedPassword, ReadOnlySpan<byte> salt)
    {
        if (password.Length > 0 && hashedPassword.Length == 0)
        {
            user.Password = ByteString.CopyFrom(Bcrypt.Hash(Encoding.UTF8.GetBytes(password), _bcryptCost, salt));
            return null;
        }
        byte[] hash = new byte[hashedPassword.Length];
        if (!Convert.TryFromBase64String(hashedPassword, hash, out int bytes))
            return EtcdError.PasswordForNoPasswordUser;
        user.Password = ByteString.CopyFrom(hash, 0, bytes);
        return null;
    }

    private static User WithRoles(User user, IEnumerable<string> roles)
    {
        string[] names = [.. roles];
        User changed = user.Clone();
        changed.Roles.Clear();
        changed.Roles.AddRange(names);
        return changed;
    }

    private static bool IsSameRange(Permission permission, ByteString key, ByteString rangeEnd) =>
        permission.Key == key && permission.RangeEnd == rangeEnd;

    private static bool IsValidRange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) =>
        !key.IsEmpty && (rangeEnd.IsEmpty || rangeEnd.SequenceEqual("\0"u8) || key.SequenceCompareTo(rangeEnd) < 0);

    private void CommitUser(User user)
    {
        AuthRecords.Store(_backend, user);
        Commit(_current.With(users: _current.Users.SetItem(user.Name.ToStringUtf8(), user)));
    }

    private void CommitRole(Role role)
    {
        AuthRecords.Store(_backend, role);
        Commit(_current.With(roles: _current.Roles.SetItem(role.Name.ToStringUtf8(), role)));
    }

    private void Commit(AuthView next)
    {
        _isRevisionStored = true;
        AuthRecords.StoreRevision(_backend, next.Revision + 1);
        _current = next.With(revision: next.Revision + 1);
    }
}
