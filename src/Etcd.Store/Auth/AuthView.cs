using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Etcd.Foundation;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Errors;

namespace Etcd.Store.Auth;

/// <summary>Users, roles and permissions at one auth revision. Immutable, any thread.</summary>
/// <remarks>A reader that must notice changes during its work takes a view, works, and compares
/// <see cref="Revision"/> with that of <see cref="AuthStore.Current"/> afterwards.</remarks>
public sealed class AuthView
{
    internal const string Root = "root";

    // Filled on demand: merging a user's ranges costs more than one check, and most users never ask at this revision.
    private readonly ConcurrentDictionary<string, UserRanges> _ranges = new(StringComparer.Ordinal);

    internal AuthView(bool enabled, ulong revision, ImmutableSortedDictionary<string, User> users, ImmutableSortedDictionary<string, Role> roles)
    {
        Enabled = enabled;
        Revision = revision;
        Users = users;
        Roles = roles;
    }

    public bool Enabled { get; }

    /// <summary>Grows with every change of users, roles or permissions, and when authentication is switched off.</summary>
    public ulong Revision { get; }

    /// <summary>By name in byte-wise order. The messages are shared: do not change them.</summary>
    public ImmutableSortedDictionary<string, User> Users { get; }

    /// <summary>By name in byte-wise order. The messages are shared: do not change them.</summary>
    public ImmutableSortedDictionary<string, Role> Roles { get; }

    internal static AuthView Empty { get; } = new(
        enabled: false,
        revision: 0,
        ImmutableSortedDictionary.Create<string, User>(GoStringComparer.Instance),
        ImmutableSortedDictionary.Create<string, Role>(GoStringComparer.Instance));

    /// <summary>May the caller read the key, or every key of the range?</summary>
    /// <param name="rangeEnd">Empty: the key alone; a lone zero byte: from the key on.</param>
    public EtcdError? CheckRead(Identity identity, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) =>
        Check(identity, key, rangeEnd, write: false);

    /// <summary>May the caller change the key, or every key of the range?</summary>
    /// <inheritdoc cref="CheckRead"/>
    public EtcdError? CheckWrite(Identity identity, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) =>
        Check(identity, key, rangeEnd, write: true);

    /// <summary>May the caller manage users, roles, members and the like?</summary>
    public EtcdError? CheckAdmin(Identity identity)
    {
        if (!Enabled)
            return null;
        if (identity.UserName.Length == 0)
            return EtcdError.UserEmpty;
        // Compat: an unknown user is told so here, though a key check calls it "permission denied".
        if (!Users.TryGetValue(identity.UserName, out User? user))
            return EtcdError.UserNotFound;
        return HasRootRole(user) ? null : EtcdError.PermissionDenied;
    }

    /// <summary>May the caller use, revoke or renew a lease with these keys? Writing any of them must be allowed.</summary>
    public EtcdError? CheckLeaseKeys(Identity identity, IReadOnlyList<ReadOnlyMemory<byte>> keys, bool write)
    {
        if (CheckAdmin(identity) is null)
            return null;
        foreach (ReadOnlyMemory<byte> key in keys)
        {
            if (Check(identity, key.Span, default, write) is { } refusal)
                return refusal;
        }
        return null;
    }

    public bool HasRole(string userName, string roleName) =>
        Users.TryGetValue(userName, out User? user) && user.Roles.Contains(roleName);

    /// <summary>Compares a password with the stored hash; takes long on purpose, never on the apply thread.</summary>
    public EtcdError? CheckPassword(string userName, string password)
    {
        if (!Enabled)
            return EtcdError.AuthNotEnabled;
        if (!Users.TryGetValue(userName, out User? user))
            return EtcdError.AuthFailed;
        if (user.Options is { NoPassword: true })
            return EtcdError.PasswordForNoPasswordUser;
        return Bcrypt.Verify(user.Password.Span, Encoding.UTF8.GetBytes(password)) ? null : EtcdError.AuthFailed;
    }

    internal AuthView With(bool? enabled = null, ulong? revision = null, ImmutableSortedDictionary<string, User>? users = null, ImmutableSortedDictionary<string, Role>? roles = null) =>
        new(enabled ?? Enabled, revision ?? Revision, users ?? Users, roles ?? Roles);

    internal static bool HasRootRole(User user) => user.Roles.Contains(Root);

    private EtcdError? Check(Identity identity, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd, bool write)
    {
        if (!Enabled)
            return null;
        if (identity.AuthRevision == 0)
            return EtcdError.UserEmpty;
        if (identity.AuthRevision < Revision)
            return EtcdError.AuthOldRevision;
        if (!Users.TryGetValue(identity.UserName, out User? user))
            return EtcdError.PermissionDenied;
        if (HasRootRole(user))
            return null;
        UserRanges ranges = _ranges.GetOrAdd(identity.UserName, static (_, state) => state.View.Merge(state.User), (View: this, User: user));
        return (write ? ranges.Write : ranges.Read).Contains(key, rangeEnd) ? null : EtcdError.PermissionDenied;
    }

    private UserRanges Merge(User user)
    {
        List<(byte[] Key, byte[] RangeEnd)> read = [];
        List<(byte[] Key, byte[] RangeEnd)> write = [];
        foreach (string roleName in user.Roles)
        {
            if (!Roles.TryGetValue(roleName, out Role? role))
                continue;
            foreach (Permission permission in role.KeyPermission)
            {
                (byte[], byte[]) range = (permission.Key.ToByteArray(), permission.RangeEnd.ToByteArray());
                if (permission.PermType is Permission.Types.Type.Read or Permission.Types.Type.Readwrite)
                    read.Add(range);
                if (permission.PermType is Permission.Types.Type.Write or Permission.Types.Type.Readwrite)
                    write.Add(range);
            }
        }
        return new UserRanges(new KeyRanges(read), new KeyRanges(write));
    }

    private sealed record UserRanges(KeyRanges Read, KeyRanges Write);
}
