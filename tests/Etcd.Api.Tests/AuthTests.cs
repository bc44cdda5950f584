using Etcd.Api.Tests.Support;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Google.Protobuf;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

/// <summary>Users, roles, tokens and rights (spec api §6), each test on a server of its own because switching authentication on
/// concerns everybody.</summary>
public sealed class AuthTests
{
    private const string Auth = "/etcdserverpb.Auth/";

    [Fact]
    public async Task Enable_WithoutRoot_IsRefused()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        ApiClient client = server.Client;
        await client.AssertRefusedAsync(EtcdError.AuthNotEnabled, Auth + "Authenticate", new AuthenticateRequest { Name = "root", Password = "x" });
        await client.AssertRefusedAsync(EtcdError.RootUserNotExist, Auth + "AuthEnable", new AuthEnableRequest());
        await client.CallAsync<AuthUserAddResponse>(Auth + "UserAdd", new AuthUserAddRequest { Name = "root", Password = "rootpw" });
        await client.AssertRefusedAsync(EtcdError.RootRoleNotExist, Auth + "AuthEnable", new AuthEnableRequest());
    }

    [Fact]
    public async Task Administration_Refusals_AreEtcds()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        ApiClient client = server.Client;
        await client.AssertRefusedAsync(EtcdError.UserEmpty, Auth + "UserAdd", new AuthUserAddRequest { Password = "x" });
        await client.CallAsync<AuthUserAddResponse>(Auth + "UserAdd", new AuthUserAddRequest { Name = "ann", Password = "x" });
        await client.AssertRefusedAsync(EtcdError.UserAlreadyExists, Auth + "UserAdd", new AuthUserAddRequest { Name = "ann", Password = "x" });
        await client.AssertRefusedAsync(EtcdError.UserNotFound, Auth + "UserGet", new AuthUserGetRequest { Name = "bob" });
        await client.AssertRefusedAsync(EtcdError.UserNotFound, Auth + "UserDelete", new AuthUserDeleteRequest { Name = "bob" });
        await client.AssertRefusedAsync(EtcdError.UserNotFound, Auth + "UserChangePassword", new AuthUserChangePasswordRequest { Name = "bob", Password = "y" });
        await client.AssertRefusedAsync(EtcdError.RoleEmpty, Auth + "RoleAdd", new AuthRoleAddRequest());
        await client.CallAsync<AuthRoleAddResponse>(Auth + "RoleAdd", new AuthRoleAddRequest { Name = "reader" });
        await client.AssertRefusedAsync(EtcdError.RoleAlreadyExists, Auth + "RoleAdd", new AuthRoleAddRequest { Name = "reader" });
        await client.AssertRefusedAsync(EtcdError.RoleNotFound, Auth + "RoleGet", new AuthRoleGetRequest { Role = "nobody" });
        await client.AssertRefusedAsync(EtcdError.RoleNotFound, Auth + "UserGrantRole", new AuthUserGrantRoleRequest { User = "ann", Role = "nobody" });
        await client.AssertRefusedAsync(EtcdError.RoleNotGranted, Auth + "UserRevokeRole", new AuthUserRevokeRoleRequest { Name = "ann", Role = "reader" });
        await client.AssertRefusedAsync(EtcdError.PermissionNotGiven, Auth + "RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "reader" });
        await client.AssertRefusedAsync(EtcdError.PermissionNotGranted, Auth + "RoleRevokePermission", new AuthRoleRevokePermissionRequest { Role = "reader", Key = Bytes("k") });
        AuthUserListResponse users = await client.CallAsync<AuthUserListResponse>(Auth + "UserList", new AuthUserListRequest());
        Assert.Equal(["ann"], users.Users);
        Assert.Equal(server.Member.MemberId, users.Header.MemberId);
    }

    [Fact]
    public async Task Text_NotUtf8_NeverReachesTheLog()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        ulong before = server.Member.CommittedIndex;
        foreach (string method in new[] { "UserGet", "UserDelete", "UserGrantRole", "UserRevokeRole", "RoleAdd", "RoleGet", "RoleDelete", "RoleGrantPermission", "RoleRevokePermission" })
            Assert.Equal("13", (await server.PostRawAsync(Auth + method, [10, 1, 0xff])).Code);
        Assert.Equal(before, server.Member.CommittedIndex);
    }

    [Fact]
    public async Task Rights_OfAUser_DecideEveryCall()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        ApiClient client = server.Client;
        await EnableAsync(client);
        (string, string) root = ("token", await LoginAsync(client, "root", "rootpw"));
        (string, string) ann = ("token", await LoginAsync(client, "ann", "annpw"));

        // Without credentials.
        await client.AssertRefusedAsync(EtcdError.UserEmpty, PutPath, Put("app/a"));
        await client.AssertRefusedAsync(EtcdError.UserEmpty, RangePath, Get("app/a"));
        await client.AssertRefusedAsync(EtcdError.UserEmpty, "/etcdserverpb.Maintenance/Status", new StatusRequest());
        await client.AssertRefusedAsync(EtcdError.UserEmpty, "/etcdserverpb.Cluster/MemberList", new MemberListRequest());
        await client.AssertRefusedAsync(EtcdError.InvalidAuthToken, RangePath, Get("app/a"), ("token", "nonsense.1"));
        await client.AssertRefusedAsync(EtcdError.AuthFailed, Auth + "Authenticate", new AuthenticateRequest { Name = "ann", Password = "wrong" });
        await client.AssertRefusedAsync(EtcdError.AuthFailed, Auth + "Authenticate", new AuthenticateRequest { Name = "nobody", Password = "x" });

        // With her own rights: read app/, write app/a.
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(PutPath, Put("app/a"), ann));
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(RangePath, GetPrefix("app/"), ("authorization", "Bearer " + ann.Item2)));
        await client.AssertRefusedAsync(EtcdError.PermissionDenied, PutPath, Put("app/b"), ann);
        await client.AssertRefusedAsync(EtcdError.PermissionDenied, RangePath, GetPrefix("a"), ann);
        await client.AssertRefusedAsync(EtcdError.PermissionDenied, TxnPath, Txn(Op(Get("app/a")), Op(Put("other"))), ann);
        await client.AssertRefusedAsync(EtcdError.PermissionDenied, TxnPath, Txn(Op(Get("other"))), ann);
        await client.AssertRefusedAsync(EtcdError.PermissionDenied, CompactPath, new CompactionRequest { Revision = 1 }, ann);
        await client.AssertRefusedAsync(EtcdError.PermissionDenied, "/etcdserverpb.Maintenance/Defragment", new DefragmentRequest(), ann);
        await client.AssertRefusedAsync(EtcdError.PermissionDenied, Auth + "UserList", new AuthUserListRequest(), ann);
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(Auth + "UserGet", new AuthUserGetRequest { Name = "ann" }, ann));
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync("/etcdserverpb.Maintenance/Status", new StatusRequest(), ann));

        // As root.
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(PutPath, Put("other"), root));
        await client.AssertRefusedAsync(EtcdError.InvalidAuthManagement, Auth + "UserDelete", new AuthUserDeleteRequest { Name = "root" }, root);

        // Health checks need nobody.
        Assert.Equal("""{"health":"true","reason":""}""", await server.Http.GetStringAsync("/health"));
        Assert.Equal("ok\n", await server.Http.GetStringAsync("/readyz"));

        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(Auth + "AuthDisable", new AuthDisableRequest(), root));
        Assert.Equal(GrpcStatus.Ok, await client.StatusAsync(RangePath, Get("other")));
    }

    [Fact]
    public async Task Watch_WithoutRight_IsCreatedAndCanceledWithGosLine()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        await EnableAsync(server.Client);
        string token = await LoginAsync(server.Client, "ann", "annpw");
        Assert.Equal("rpc error: code = PermissionDenied desc = etcdserver: permission denied", await RefusalOfWatchAsync(server, token, "other", ""));
        // A right on one key is no right on everything from it on.
        Assert.Equal("rpc error: code = PermissionDenied desc = etcdserver: permission denied", await RefusalOfWatchAsync(server, token, "app/a", "\0"));
        Assert.Equal("rpc error: code = Unauthenticated desc = etcdserver: invalid auth token", await RefusalOfWatchAsync(server, "nonsense", "app/a", ""));
        Assert.Equal("rpc error: code = InvalidArgument desc = etcdserver: user name is empty", await RefusalOfWatchAsync(server, null, "app/a", ""));
        Assert.Equal("", await RefusalOfWatchAsync(server, token, "app/a", ""));
    }

    [Fact]
    public async Task Status_OfAuth_ShowsRevision()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        AuthStatusResponse before = await server.Client.CallAsync<AuthStatusResponse>(Auth + "AuthStatus", new AuthStatusRequest());
        Assert.Equal((false, 1ul), (before.Enabled, before.AuthRevision));
        await EnableAsync(server.Client);
        AuthStatusResponse after = await server.Client.CallAsync<AuthStatusResponse>(Auth + "AuthStatus", new AuthStatusRequest());
        Assert.True(after.Enabled);
        Assert.True(after.AuthRevision > before.AuthRevision);
    }

    [Fact]
    public async Task Lock_WithToken_ActsAsItsUser()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        await EnableAsync(server.Client);
        var request = new Protocol.Locks.LockRequest { Name = Bytes("app") };
        await server.Client.AssertRefusedAsync(new GrpcStatus(StatusCode.Unknown, "etcdserver: user name is empty"), "/v3lockpb.Lock/Lock", request);
        string ann = await LoginAsync(server.Client, "ann", "annpw");
        await server.Client.AssertRefusedAsync(new GrpcStatus(StatusCode.Unknown, "etcdserver: permission denied"), "/v3lockpb.Lock/Lock", request, ("token", ann));
        string root = await LoginAsync(server.Client, "root", "rootpw");
        Assert.Equal(GrpcStatus.Ok, await server.Client.StatusAsync("/v3lockpb.Lock/Lock", request, ("token", root)));
    }

    /// <summary>Users root and ann; ann may read <c>app/</c> and write <c>app/a</c>.</summary>
    private static async Task EnableAsync(ApiClient client)
    {
        await client.CallAsync<AuthUserAddResponse>(Auth + "UserAdd", new AuthUserAddRequest { Name = "root", Password = "rootpw" });
        await client.CallAsync<AuthUserGrantRoleResponse>(Auth + "UserGrantRole", new AuthUserGrantRoleRequest { User = "root", Role = "root" });
        await client.CallAsync<AuthUserAddResponse>(Auth + "UserAdd", new AuthUserAddRequest { Name = "ann", Password = "annpw" });
        await client.CallAsync<AuthRoleAddResponse>(Auth + "RoleAdd", new AuthRoleAddRequest { Name = "app" });
        await GrantAsync(client, new Permission { PermType = Permission.Types.Type.Read, Key = Bytes("app/"), RangeEnd = Bytes("app0") });
        await GrantAsync(client, new Permission { PermType = Permission.Types.Type.Readwrite, Key = Bytes("app/a") });
        await client.CallAsync<AuthUserGrantRoleResponse>(Auth + "UserGrantRole", new AuthUserGrantRoleRequest { User = "ann", Role = "app" });
        await client.CallAsync<AuthEnableResponse>(Auth + "AuthEnable", new AuthEnableRequest());
    }

    private static Task GrantAsync(ApiClient client, Permission permission) =>
        client.CallAsync<AuthRoleGrantPermissionResponse>(Auth + "RoleGrantPermission", new AuthRoleGrantPermissionRequest { Name = "app", Perm = permission });

    private static async Task<string> LoginAsync(ApiClient client, string name, string password) =>
        (await client.CallAsync<AuthenticateResponse>(Auth + "Authenticate", new AuthenticateRequest { Name = name, Password = password })).Token;

    private static async Task<string> RefusalOfWatchAsync(ApiServer server, string? token, string key, string rangeEnd)
    {
        await using IStreamCall<IMessage, WatchResponse> watch = token is null
            ? await server.Client.OpenAsync<WatchResponse>(WatchPath)
            : await server.Client.OpenAsync<WatchResponse>(WatchPath, ("token", token));
        var create = new WatchCreateRequest { Key = Bytes(key), RangeEnd = Bytes(rangeEnd) };
        await watch.WriteAsync(new WatchRequest { CreateRequest = create }, CancellationToken.None);
        WatchResponse? response = await watch.ReadAsync(CancellationToken.None);
        Assert.True(response!.Created);
        Assert.Equal(response.CancelReason.Length > 0, response is { Canceled: true, WatchId: -1 });
        return response.CancelReason;
    }
}
