using Etcd.Protocol.Auth;
using Etcd.Protocol.Errors;

namespace Etcd.Store.Auth;

/// <summary>Users, roles and permissions at one auth revision. Immutable, any thread.</summary>
public sealed class AuthView
{
    public bool Enabled => throw new NotSupportedException();

    public ulong Revision => throw new NotSupportedException();

    public User? FindUser(string name) => throw new NotSupportedException();

    public Role? FindRole(string name) => throw new NotSupportedException();

    /// <summary>Names in byte-wise order.</summary>
    public IReadOnlyList<string> UserNames => throw new NotSupportedException();

    /// <summary>Names in byte-wise order.</summary>
    public IReadOnlyList<string> RoleNames => throw new NotSupportedException();

    public EtcdError? CheckRead(Identity identity, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) => throw new NotSupportedException();

    public EtcdError? CheckWrite(Identity identity, ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) => throw new NotSupportedException();

    public EtcdError? CheckAdmin(Identity identity) => throw new NotSupportedException();

    public bool HasRole(string userName, string roleName) => throw new NotSupportedException();

    /// <summary>Compares a password with the stored hash; slow on purpose.</summary>
    public EtcdError? CheckPassword(string userName, string password) => throw new NotSupportedException();
}
