using System.Buffers.Binary;
using Etcd.Foundation;
using Etcd.Protocol.Auth;
using Etcd.Store.Backend;
using Google.Protobuf;

namespace Etcd.Store.Auth;

/// <summary>How users, roles and the switch stand in the buckets auth, authUsers and authRoles (spec disk §5.1, §5.7).</summary>
internal static class AuthRecords
{
    private static readonly byte[] s_enabledKey = "authEnabled"u8.ToArray();
    private static readonly byte[] s_revisionKey = "authRevision"u8.ToArray();

    /// <exception cref="CorruptException">A record cannot be read.</exception>
    public static AuthView Load(IBackend backend)
    {
        AuthView view = AuthView.Empty;
        try
        {
            return view.With(
                enabled: backend.Get(Bucket.Auth, s_enabledKey) is { Length: 1 } enabled && enabled.Span[0] == 1,
                revision: backend.Get(Bucket.Auth, s_revisionKey) is { Length: 8 } revision ? BinaryPrimitives.ReadUInt64BigEndian(revision.Span) : 0,
                users: view.Users.AddRange(backend.Scan(Bucket.AuthUsers).Select(static pair => Named(User.Parser.ParseFrom(pair.Value.Span)))),
                roles: view.Roles.AddRange(backend.Scan(Bucket.AuthRoles).Select(static pair => Named(Role.Parser.ParseFrom(pair.Value.Span)))));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new CorruptException("db", -1, $"a bucket of users or roles holds something else: {e.Message}");
        }
    }

    public static void StoreEnabled(IBackend backend, bool enabled) =>
        backend.Put(Bucket.Auth, s_enabledKey, new byte[] { enabled ? (byte)1 : (byte)0 });

    public static void StoreRevision(IBackend backend, ulong revision)
    {
        byte[] value = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(value, revision);
        backend.Put(Bucket.Auth, s_revisionKey, value);
    }

    public static void Store(IBackend backend, User user) => backend.Put(Bucket.AuthUsers, user.Name.Memory, user.ToByteArray());

    public static void Store(IBackend backend, Role role) => backend.Put(Bucket.AuthRoles, role.Name.Memory, role.ToByteArray());

    public static void Delete(IBackend backend, User user) => backend.Delete(Bucket.AuthUsers, user.Name.Memory);

    public static void Delete(IBackend backend, Role role) => backend.Delete(Bucket.AuthRoles, role.Name.Memory);

    private static KeyValuePair<string, User> Named(User user) => new(user.Name.ToStringUtf8(), user);

    private static KeyValuePair<string, Role> Named(Role role) => new(role.Name.ToStringUtf8(), role);
}
