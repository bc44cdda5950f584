using System.Text;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Tests.Apply;
using Google.Protobuf;

namespace Etcd.Store.Tests.Auth;

public sealed class AuthStoreTests
{
    private static readonly byte[] s_salt = new byte[16];

    private readonly MemoryBackend _backend = new();
    private readonly RecordedTokens _tokens = new();
    private readonly AuthStore _auth;

    public AuthStoreTests() => _auth = new AuthStore(_backend, _tokens, bcryptCost: 4);

    [Fact]
    public void New_EmptyDatabase_DisabledAtRevisionOne()
    {
        Assert.False(_auth.Current.Enabled);
        Assert.Equal(1ul, _auth.Current.Revision);
        Assert.Empty(_backend.Dump(Bucket.Auth));
        _auth.StoreInitialRevision();
        Assert.Equal(["617574685265766973696f6e=0000000000000001"], _backend.Dump(Bucket.Auth));
    }

    [Fact]
    public void AddUser_RefusalsInOrder_AndStoredBytes()
    {
        Assert.Equal(EtcdError.UserEmpty, AddUser(""));
        Assert.Null(AddUser("bob", hashed: Convert.ToBase64String("hash"u8)));
        Assert.Equal(EtcdError.UserAlreadyExists, AddUser("bob"));
        Assert.Null(_auth.AddUser(new AuthUserAddRequest { Name = "carol", Password = "ignored", Options = new UserAddOptions { NoPassword = true } }, s_salt));
        Assert.Equal(EtcdError.PasswordForNoPasswordUser, AddUser("dave", hashed: "not base64!"));
        // name, password, then options, which are there even if empty
        Assert.Equal(["626f62=" + "0a03626f62" + "120468617368" + "2200", "6361726f6c=" + "0a056361726f6c" + "22020801"], _backend.Dump(Bucket.AuthUsers));
        Assert.Equal(3ul, _auth.Current.Revision);
    }

    [Fact]
    public void AddUser_ClearTextOfOldLogs_IsHashedWithTheGivenSalt()
    {
        Assert.Null(AddUser("bob", password: "bobpw"));
        byte[] hash = _auth.Current.Users["bob"].Password.ToByteArray();
        Assert.StartsWith("$2a$04$......................", Encoding.ASCII.GetString(hash), StringComparison.Ordinal);
        Assert.True(Bcrypt.Verify(hash, "bobpw"u8));
    }

    // Clients before 3.5 could send an empty password; newer members replicate its absence, not a hash.
    [Fact]
    public void AddUser_NeitherPasswordNorHash_HasNoPassword()
    {
        Assert.Null(AddUser("bob"));
        Assert.Equal(ByteString.Empty, _auth.Current.Users["bob"].Password);
    }

    [Fact]
    public void DeleteUser_RefusalsInOrder_TokensDie()
    {
        EnableWithRoot();
        Assert.Equal(EtcdError.InvalidAuthManagement, _auth.DeleteUser("root"));
        Assert.Equal(EtcdError.UserNotFound, _auth.DeleteUser("bob"));
        Assert.Null(AddUser("bob"));
        Assert.Null(_auth.DeleteUser("bob"));
        Assert.Equal("invalidate bob", _tokens.Calls[^1]);
        Assert.DoesNotContain(_backend.Dump(Bucket.AuthUsers), static pair => pair.StartsWith("626f62=", StringComparison.Ordinal));
        _auth.Disable();
        Assert.Null(_auth.DeleteUser("root"));
    }

    [Fact]
    public void ChangePassword_KeepsRolesAndOptions_TokensDie()
    {
        Assert.Equal(EtcdError.UserNotFound, _auth.ChangePassword(new AuthUserChangePasswordRequest { Name = "bob" }, s_salt));
        Assert.Null(AddUser("bob", password: "old"));
        Assert.Null(_auth.GrantRole("bob", "root"));
        Assert.Null(_auth.ChangePassword(new AuthUserChangePasswordRequest { Name = "bob", HashedPassword = Convert.ToBase64String("new"u8) }, s_salt));
        User bob = _auth.Current.Users["bob"];
        Assert.Equal("new", bob.Password.ToStringUtf8());
        Assert.Equal(["root"], bob.Roles);
        Assert.Equal("invalidate bob", _tokens.Calls[^1]);
    }

    [Fact]
    public void GrantRole_RefusalsInOrder_SortedAndIdempotent()
    {
        Assert.Equal(EtcdError.UserNotFound, _auth.GrantRole("bob", "writer"));
        Assert.Null(AddUser("bob"));
        Assert.Equal(EtcdError.RoleNotFound, _auth.GrantRole("bob", "writer"));
        Assert.Null(_auth.AddRole("writer"));
        Assert.Null(_auth.AddRole("reader"));
        Assert.Null(_auth.GrantRole("bob", "writer"));
        Assert.Null(_auth.GrantRole("bob", "root"));
        Assert.Null(_auth.GrantRole("bob", "reader"));
        ulong revision = _auth.Current.Revision;
        Assert.Null(_auth.GrantRole("bob", "reader"));
        Assert.Equal(revision, _auth.Current.Revision);
        Assert.Equal(["reader", "root", "writer"], _auth.Current.Users["bob"].Roles);
    }

    [Fact]
    public void RevokeRole_RefusalsInOrder()
    {
        EnableWithRoot();
        Assert.Equal(EtcdError.InvalidAuthManagement, _auth.RevokeRole("root", "root"));
        Assert.Equal(EtcdError.UserNotFound, _auth.RevokeRole("bob", "root"));
        Assert.Equal(EtcdError.RoleNotGranted, _auth.RevokeRole("root", "reader"));
        _auth.Disable();
        Assert.Null(_auth.RevokeRole("root", "root"));
        Assert.Empty(_auth.Current.Users["root"].Roles);
    }

    [Fact]
    public void AddRole_RefusalsInOrder()
    {
        Assert.Equal(EtcdError.RoleEmpty, _auth.AddRole(""));
        Assert.Null(_auth.AddRole("reader"));
        Assert.Equal(EtcdError.RoleAlreadyExists, _auth.AddRole("reader"));
        Assert.Equal(["726561646572=0a06726561646572"], _backend.Dump(Bucket.AuthRoles));
    }

    [Fact]
    public void DeleteRole_GrantedToUsers_TakenFromAll()
    {
        EnableWithRoot();
        Assert.Equal(EtcdError.InvalidAuthManagement, _auth.DeleteRole("root"));
        Assert.Equal(EtcdError.RoleNotFound, _auth.DeleteRole("reader"));
        Assert.Null(_auth.AddRole("reader"));
        Assert.Null(AddUser("alice"));
        Assert.Null(AddUser("bob"));
        Assert.Null(_auth.GrantRole("alice", "reader"));
        Assert.Null(_auth.GrantRole("root", "reader"));
        ulong revision = _auth.Current.Revision;
        Assert.Null(_auth.DeleteRole("reader"));
        Assert.Equal(revision + 1, _auth.Current.Revision);
        Assert.Empty(_auth.Current.Users["alice"].Roles);
        Assert.Equal(["root"], _auth.Current.Users["root"].Roles);
    }

    [Fact]
    public void GrantPermission_RefusalsInOrder()
    {
        Assert.Equal(EtcdError.PermissionNotGiven, _auth.GrantPermission("missing", null));
        Assert.Equal(EtcdError.InvalidAuthManagement, Grant("missing", "", ""));
        Assert.Equal(EtcdError.InvalidAuthManagement, Grant("missing", "b", "a"));
        Assert.Equal(EtcdError.InvalidAuthManagement, Grant("missing", "b", "b"));
        Assert.Equal(EtcdError.RoleNotFound, Grant("missing", "a", "b"));
        Assert.Null(_auth.AddRole("reader"));
        Assert.Null(Grant("reader", "b", "\0"));
        Assert.Null(Grant("reader", "\0", "\0"));
        Assert.Null(Grant("reader", "b", ""));
    }

    [Fact]
    public void GrantPermission_SameRange_ReplacesTheType_AndStaysSortedByKey()
    {
        Assert.Null(_auth.AddRole("r"));
        Assert.Null(Grant("r", "b", "c", Permission.Types.Type.Read));
        Assert.Null(Grant("r", "a", "", Permission.Types.Type.Write));
        Assert.Null(Grant("r", "b", "c", Permission.Types.Type.Readwrite));
        Assert.Equal(["72=0a0172" + "1205" + "080112" + "0161" + "1208" + "0802" + "120162" + "1a0163"], _backend.Dump(Bucket.AuthRoles));
    }

    // etcd looks only at the first range with the key, so a second one is doubled and both count.
    [Fact]
    public void GrantPermission_SecondRangeWithTheKey_IsDoubled()
    {
        Assert.Null(_auth.AddRole("r"));
        Assert.Null(Grant("r", "a", "b", Permission.Types.Type.Read));
        Assert.Null(Grant("r", "a", "c", Permission.Types.Type.Read));
        Assert.Null(Grant("r", "a", "c", Permission.Types.Type.Write));
        Assert.Equal(["b", "c", "c"], _auth.Current.Roles["r"].KeyPermission.Select(static permission => permission.RangeEnd.ToStringUtf8()));
        Assert.Null(_auth.RevokePermission("r", ByteString.CopyFromUtf8("a"), ByteString.CopyFromUtf8("c")));
        Assert.Equal(["b"], _auth.Current.Roles["r"].KeyPermission.Select(static permission => permission.RangeEnd.ToStringUtf8()));
    }

    [Fact]
    public void RevokePermission_RefusalsInOrder()
    {
        ByteString key = ByteString.CopyFromUtf8("a");
        Assert.Equal(EtcdError.RoleNotFound, _auth.RevokePermission("r", key, ByteString.Empty));
        Assert.Null(_auth.AddRole("r"));
        Assert.Null(Grant("r", "a", "b"));
        Assert.Equal(EtcdError.PermissionNotGranted, _auth.RevokePermission("r", key, ByteString.Empty));
        Assert.Null(_auth.RevokePermission("r", key, ByteString.CopyFromUtf8("b")));
    }

    [Fact]
    public void GetRole_Root_ShowsEverything()
    {
        Assert.Equal(EtcdError.RoleNotFound, _auth.GetRole("root", out _));
        Assert.Null(_auth.AddRole("root"));
        Assert.Null(_auth.GetRole("root", out IReadOnlyList<Permission> permissions));
        Assert.Equal(new Permission { PermType = Permission.Types.Type.Readwrite, RangeEnd = ByteString.CopyFrom(0) }, Assert.Single(permissions));
    }

    [Fact]
    public void Enable_NeedsRootWithRoleRoot_AndKeepsTheRevision()
    {
        Assert.Equal(EtcdError.RootUserNotExist, _auth.Enable());
        Assert.Null(AddUser("root"));
        Assert.Equal(EtcdError.RootRoleNotExist, _auth.Enable());
        Assert.Null(_auth.GrantRole("root", "root"));
        ulong revision = _auth.Current.Revision;
        Assert.Null(_auth.Enable());
        Assert.Null(_auth.Enable());
        Assert.Equal(revision, _auth.Current.Revision);
        Assert.Equal(["enable"], _tokens.Calls);
        _auth.Disable();
        _auth.Disable();
        Assert.Equal(revision + 1, _auth.Current.Revision);
        Assert.Equal(["enable", "disable"], _tokens.Calls);
    }

    [Fact]
    public void Authenticate_RefusalsInOrder_ThenAsksTheTokens()
    {
        var request = new InternalAuthenticateRequest { Name = "bob", SimpleToken = "abc" };
        Assert.Equal(EtcdError.AuthNotEnabled, _auth.Authenticate(request, 7, out _));
        EnableWithRoot();
        Assert.Equal(EtcdError.AuthFailed, _auth.Authenticate(request, 7, out _));
        Assert.Null(_auth.AddUser(new AuthUserAddRequest { Name = "bob", Options = new UserAddOptions { NoPassword = true } }, s_salt));
        Assert.Equal(EtcdError.AuthFailed, _auth.Authenticate(request, 7, out _));
        Assert.Null(_auth.DeleteUser("bob"));
        Assert.Null(AddUser("bob"));
        Assert.Null(_auth.Authenticate(request, 7, out string token));
        Assert.Equal("abc.7", token);
        Assert.Equal($"assign bob abc.7 at {_auth.Current.Revision}", _tokens.Calls[^1]);
    }

    [Fact]
    public void CheckPassword_EveryCase()
    {
        Assert.Equal(EtcdError.AuthNotEnabled, _auth.Current.CheckPassword("bob", "pw"));
        EnableWithRoot();
        Assert.Null(AddUser("bob", password: "pw"));
        Assert.Null(_auth.AddUser(new AuthUserAddRequest { Name = "carol", Options = new UserAddOptions { NoPassword = true } }, s_salt));
        Assert.Null(_auth.Current.CheckPassword("bob", "pw"));
        Assert.Equal(EtcdError.AuthFailed, _auth.Current.CheckPassword("bob", "pw2"));
        Assert.Equal(EtcdError.AuthFailed, _auth.Current.CheckPassword("nobody", "pw"));
        Assert.Equal(EtcdError.PasswordForNoPasswordUser, _auth.Current.CheckPassword("carol", "pw"));
    }

    [Fact]
    public void New_FromItsOwnDatabase_SameView()
    {
        EnableWithRoot();
        Assert.Null(_auth.AddRole("reader"));
        Assert.Null(Grant("reader", "a", "b"));
        var again = new AuthStore(_backend, new RecordedTokens(), bcryptCost: 4);
        Assert.True(again.Current.Enabled);
        Assert.Equal(_auth.Current.Revision, again.Current.Revision);
        Assert.Equal(_auth.Current.Users, again.Current.Users);
        Assert.Equal(_auth.Current.Roles, again.Current.Roles);
    }

    [Fact]
    public void New_DamagedRecord_IsCorrupt()
    {
        _backend.Put(Bucket.AuthUsers, "bob"u8.ToArray(), new byte[] { 0x0a, 0x7f });
        Assert.Throws<Foundation.CorruptException>(() => new AuthStore(_backend, _tokens, bcryptCost: 4));
    }

    [Fact]
    public void CheckAdmin_EveryCase()
    {
        var bob = new Identity("bob", 1);
        Assert.Null(_auth.Current.CheckAdmin(Identity.None));
        EnableWithRoot();
        Assert.Equal(EtcdError.UserEmpty, _auth.Current.CheckAdmin(Identity.None));
        Assert.Equal(EtcdError.UserNotFound, _auth.Current.CheckAdmin(bob));
        Assert.Null(AddUser("bob"));
        Assert.Equal(EtcdError.PermissionDenied, _auth.Current.CheckAdmin(bob));
        Assert.Null(_auth.GrantRole("bob", "root"));
        Assert.Null(_auth.Current.CheckAdmin(bob)); // Even with an old revision.
    }

    [Fact]
    public void CheckRead_RefusalsInOrder()
    {
        EnableWithRoot();
        Assert.Equal(EtcdError.UserEmpty, _auth.Current.CheckRead(new Identity("bob", 0), "a"u8, default));
        Assert.Equal(EtcdError.AuthOldRevision, _auth.Current.CheckRead(new Identity("bob", _auth.Current.Revision - 1), "a"u8, default));
        Assert.Equal(EtcdError.PermissionDenied, _auth.Current.CheckRead(new Identity("bob", _auth.Current.Revision), "a"u8, default));
        // A token from the future is as good as a present one.
        Assert.Null(_auth.Current.CheckRead(new Identity("root", _auth.Current.Revision + 5), "a"u8, "\0"u8));
    }

    private EtcdError? AddUser(string name, string password = "", string hashed = "") =>
        _auth.AddUser(new AuthUserAddRequest { Name = name, Password = password, HashedPassword = hashed }, s_salt);

    private EtcdError? Grant(string role, string key, string rangeEnd, Permission.Types.Type type = Permission.Types.Type.Read) =>
        _auth.GrantPermission(role, new Permission { Key = ByteString.CopyFromUtf8(key), RangeEnd = ByteString.CopyFromUtf8(rangeEnd), PermType = type });

    private void EnableWithRoot()
    {
        Assert.Null(AddUser("root"));
        Assert.Null(_auth.GrantRole("root", "root"));
        Assert.Null(_auth.Enable());
    }
}
