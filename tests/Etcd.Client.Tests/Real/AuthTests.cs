using Etcd.Protocol.Auth;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.TestKit;

namespace Etcd.Client.Tests.Real;

public class AuthTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Credentials_FetchATokenAndRenewItWhenTheServerForgotIt()
    {
        await using RealEtcd server = await RealEtcd.StartAsync();
        await EnableAsync(server);
        using var root = new EtcdClient(Options(server, "root", "secret"));
        await root.Kv.PutAsync("a", "1", Cancelled);
        await using Watcher watcher = root.Watch.Open("a", new WatchOptions { StartRevision = 1 });
        Assert.Single((await watcher.NextAsync(Cancelled)).Events);

        // Simple tokens live in the server's memory.
        await server.StopAsync();
        await server.StartAgainAsync();

        PutResponse put = await root.Kv.PutAsync("a", "2", Cancelled);
        WatchResponse seen = await watcher.NextAsync(Cancelled);
        Assert.Equal(put.Header.Revision, seen.Events.Single().Kv.ModRevision);
    }

    [Fact]
    public async Task Refusals_CarryTheServersText()
    {
        await using RealEtcd server = await RealEtcd.StartAsync();
        await EnableAsync(server);
        using var wrong = new EtcdClient(Options(server, "root", "wrong"));
        using var nobody = new EtcdClient(server.Endpoint);
        using var reader = new EtcdClient(Options(server, "reader", "pw"));
        using var forged = new EtcdClient(new EtcdClientOptions { Endpoints = [server.Endpoint], AuthToken = "forged.1" });

        await RefusedAsync(EtcdError.AuthFailed, wrong.AuthenticateAsync(Cancelled));
        await RefusedAsync(EtcdError.UserEmpty, nobody.Kv.PutAsync("a", "1", Cancelled));
        await RefusedAsync(EtcdError.PermissionDenied, reader.Kv.PutAsync("allowed", "1", Cancelled));
        await RefusedAsync(EtcdError.InvalidAuthToken, forged.Kv.GetAsync("a", Cancelled));
        await reader.Kv.GetAsync("allowed", Cancelled);
        await using Watcher watcher = reader.Watch.Open("forbidden", WatchOptions.Default);
        WatchCanceledException denied = await Assert.ThrowsAsync<WatchCanceledException>(() => watcher.NextAsync(Cancelled));
        Assert.Contains(EtcdError.PermissionDenied.Message, denied.Response.CancelReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_AuthenticationIsOff_AreNoObstacle()
    {
        await using RealEtcd server = await RealEtcd.StartAsync();
        using var client = new EtcdClient(Options(server, "root", "secret"));

        await client.Kv.PutAsync("a", "1", Cancelled);
    }

    private static async Task EnableAsync(RealEtcd server)
    {
        using var client = new EtcdClient(server.Endpoint);
        await client.Auth.UserAddAsync("root", "secret", Cancelled);
        await client.Auth.UserGrantRoleAsync("root", "root", Cancelled);
        await client.Auth.RoleAddAsync("reader", Cancelled);
        await client.Auth.RoleGrantPermissionAsync("reader", Permission.Types.Type.Read, "allowed", Cancelled);
        await client.Auth.UserAddAsync("reader", "pw", Cancelled);
        await client.Auth.UserGrantRoleAsync("reader", "reader", Cancelled);
        await client.Auth.EnableAsync(Cancelled);
    }

    private static EtcdClientOptions Options(RealEtcd server, string user, string password) =>
        new() { Endpoints = [server.Endpoint], Credentials = new EtcdCredentials(user, password) };

    private static async Task RefusedAsync(EtcdError error, Task call)
    {
        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => call);
        Assert.Equal((error.Code, error.Message), (refused.Code, refused.Message));
    }
}
