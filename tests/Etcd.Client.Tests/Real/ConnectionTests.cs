using Etcd.Protocol.Errors;
using Etcd.TestKit;

namespace Etcd.Client.Tests.Real;

public class ConnectionTests(RealEtcdFixture fixture)
{
    // Port 1 (tcpmux) is never in use on a test machine.
    private const string Dead = "127.0.0.1:1";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Call_OneOfTwoMembersUnreachable_GoesToTheOther()
    {
        RealEtcd server = await fixture.ServerAsync();
        using var client = new EtcdClient(Dead, server.Endpoint);

        for (int i = 0; i < 10; i++)
            await client.Kv.PutAsync("connection/one-dead", $"{i}", Cancelled);
    }

    [Fact]
    public async Task Call_NobodyReachable_EndsWithTheDeadlineAndTellsWhy()
    {
        List<FailedAttempt> failed = [];
        using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [Dead], RequestTimeout = TimeSpan.FromMilliseconds(300), OnFailedAttempt = failed.Add });

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => client.Kv.PutAsync("x", "y", Cancelled));

        Assert.Equal((StatusCode.DeadlineExceeded, "context deadline exceeded"), (refused.Code, refused.Message));
        FailedAttempt attempt = Assert.Single(failed);
        Assert.Equal("/etcdserverpb.KV/Put", attempt.Method);
        Assert.Equal(
            "rpc error: code = DeadlineExceeded desc = latest balancer error: last connection error: connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:1: connect: connection refused\"",
            attempt.Problem);
    }

    [Fact]
    public async Task Call_ServerComesBack_ThatWaitedSucceeds()
    {
        await using RealEtcd server = await RealEtcd.StartAsync();
        using var client = new EtcdClient(server.Endpoint);
        await client.Kv.PutAsync("a", "1", Cancelled);
        await server.StopAsync();

        Task<Protocol.Rpc.PutResponse> waiting = client.Kv.PutAsync("a", "2", Cancelled);
        await server.StartAgainAsync();

        await waiting;
        Assert.Equal("2", (await client.Kv.GetAsync("a", Cancelled))!.Value.ToStringUtf8());
    }

    [Fact]
    public async Task SyncEndpoints_ReplacesThemByTheClusters()
    {
        RealEtcd server = await fixture.ServerAsync();
        using var client = new EtcdClient(Dead, server.Endpoint);

        await client.SyncEndpointsAsync(Cancelled);

        Assert.Equal([$"http://{server.Endpoint}"], client.Endpoints);
        await client.Kv.PutAsync("connection/synced", "x", Cancelled);
    }

    [Fact]
    public async Task Call_PeerSpeaksNoHttp2_FailsAtOnce()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        int port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        _ = Task.Run(async () =>
        {
            while (true)
            {
                using System.Net.Sockets.TcpClient peer = await listener.AcceptTcpClientAsync(Cancelled);
                await peer.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Cancelled);
            }
        }, Cancelled);
        using var client = new EtcdClient(new EtcdClientOptions { Endpoints = [$"127.0.0.1:{port}"], RequestTimeout = TimeSpan.FromMilliseconds(300) });

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => client.Kv.PutAsync("x", "y", Cancelled));

        // Which of the two depends on whether the garbage or the end of the connection is seen first.
        Assert.True(refused.Code is StatusCode.Internal or StatusCode.Unavailable, refused.Message);
    }
}
