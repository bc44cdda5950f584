using System.Net;
using System.Net.Sockets;
using System.Text;
using Etcd.Grpc.Server.Tests.Support;
using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Server.Tests;

public sealed class ConnectionTests
{
    private static GrpcMethod[] EchoMethods =>
    [
        new("test.Echo", "Unary", MethodKind.Unary, TestServer.EchoAsync),
        new("test.Echo", "Stream", MethodKind.BidiStreaming, TestServer.EchoStreamAsync),
    ];

    [Fact]
    public async Task OnePort_Http1AndHttp2_AreBothServed()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        using var http1 = new HttpClient { BaseAddress = server.Client.BaseAddress, DefaultRequestVersion = HttpVersion.Version11 };
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal("http /health", await http1.GetStringAsync("/health"));
            Assert.Equal(StatusCode.Ok, (await Reply.PostAsync(server.Client, "/test.Echo/Unary", Reply.Frame(1))).Code);
        }
    }

    [Fact]
    public async Task OnePort_FirstBytesArriveOneByOne_AreStillRecognised()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        using Socket socket = await ConnectAsync(server);
        // "PUT" shares its first letter with HTTP/2's preface.
        foreach (byte letter in "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray())
            await socket.SendAsync(new[] { letter });
        Assert.Contains("http /x", await ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnePort_SilentConnection_IsClosedAndOthersAreServedMeanwhile()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods, new GrpcServerOptions { HeaderTimeout = TimeSpan.FromMilliseconds(300) });
        using Socket silent = await ConnectAsync(server);
        using Socket halfPreface = await ConnectAsync(server);
        await halfPreface.SendAsync("PR"u8.ToArray());
        Assert.Equal(StatusCode.Ok, (await Reply.PostAsync(server.Client, "/test.Echo/Unary", Reply.Frame(1))).Code);
        Assert.Equal("", await ReadToEndAsync(silent));
        Assert.Equal("", await ReadToEndAsync(halfPreface));
    }

    [Fact]
    public async Task Http2_HeaderBlockNeverEnds_ConnectionIsClosed()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods, new GrpcServerOptions { HeaderTimeout = TimeSpan.FromMilliseconds(300) });
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawHttp2.Headers, flags: 0, 1, RawHttp2.Hpack((":method", "POST")));
        while (await client.ReceiveAsync() is not null)
        {
        }
    }

    [Fact]
    public async Task Pings_TooOften_EndConnectionWithGrpcsGoAway()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        for (int i = 0; i < 4; i++)
            await client.SendAsync(RawHttp2.Ping, 0, 0, new byte[8]);
        byte[]? goAway = await client.ReceiveUntilAsync(RawHttp2.GoAway);
        Assert.Equal([0, 0, 0, 11, .. "too_many_pings"u8], goAway![4..]);
        while (await client.ReceiveAsync() is not null)
        {
        }
    }

    [Fact]
    public async Task Pings_BetweenCalls_AreForgiven()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        for (int i = 0; i < 10; i++)
        {
            int stream = (2 * i) + 1;
            await client.OpenCallAsync(stream, "/test.Echo/Unary");
            await client.SendAsync(RawHttp2.Data, flags: 1, stream, Reply.Frame(1));
            // Headers, data, trailers: the call is over when the second header block is here.
            await client.ReceiveUntilAsync(RawHttp2.Headers);
            await client.ReceiveUntilAsync(RawHttp2.Headers);
            await client.SendAsync(RawHttp2.Ping, 0, 0, new byte[8]);
            Assert.NotNull(await client.ReceiveUntilAsync(RawHttp2.Ping));
        }
    }

    [Fact]
    public async Task Pings_WhenEnforcementIsOff_AreAnswered()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods, new GrpcServerOptions { KeepAliveMinTime = TimeSpan.Zero });
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        for (int i = 0; i < 20; i++)
        {
            await client.SendAsync(RawHttp2.Ping, 0, 0, new byte[8]);
            Assert.NotNull(await client.ReceiveUntilAsync(RawHttp2.Ping));
        }
    }

    [Fact]
    public async Task Streams_ManyOnOneConnection_AreAllOpen()
    {
        const int Count = 2_000;
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        for (int i = 0; i < Count; i++)
        {
            await client.OpenCallAsync((2 * i) + 1, "/test.Echo/Stream");
            await client.SendAsync(RawHttp2.Data, flags: 0, (2 * i) + 1, Reply.Frame(1));
        }
        for (int answers = 0; answers < Count; answers++)
            Assert.NotNull(await client.ReceiveUntilAsync(RawHttp2.Headers));
        Assert.Equal(Count, server.Host.Streams.Count());
    }

    [Fact]
    public async Task Streams_AboveTheLimit_AreRefused()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods, new GrpcServerOptions { MaxConcurrentStreams = 2 });
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        for (int i = 0; i < 3; i++)
            await client.OpenCallAsync((2 * i) + 1, "/test.Echo/Stream");
        Assert.Equal([0, 0, 0, 7], await client.ReceiveUntilAsync(RawHttp2.ResetStream));
    }

    [Fact]
    public async Task Stop_OpenStream_EndsItWithTheReason()
    {
        TestServer server = await TestServer.StartAsync(EchoMethods);
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        await client.OpenCallAsync(1, "/test.Echo/Stream");
        await client.SendAsync(RawHttp2.Data, flags: 0, 1, Reply.Frame(1));
        await client.ReceiveUntilAsync(RawHttp2.Data);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        Task stopping = server.Host.StopAsync(EtcdError.Stopped, patience.Token);
        byte[]? trailers = await client.ReceiveUntilAsync(RawHttp2.Headers);
        Assert.Contains("etcdserver: server stopped", Encoding.Latin1.GetString(trailers!), StringComparison.Ordinal);
        await stopping;
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Http2_GarbageAfterPreface_OnlyEndsThatConnection()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        const int Seed = 99;
        var random = new Random(Seed);
        for (int i = 0; i < 30; i++)
        {
            using Socket socket = await ConnectAsync(server);
            byte[] garbage = new byte[random.Next(1, 400)];
            random.NextBytes(garbage);
            await socket.SendAsync(new ArraySegment<byte>([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. garbage]));
            socket.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(socket);
        }
        Assert.Equal(StatusCode.Ok, (await Reply.PostAsync(server.Client, "/test.Echo/Unary", Reply.Frame(1))).Code);
    }

    private static async Task<Socket> ConnectAsync(TestServer server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.EndPoint);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[4096];
        try
        {
            for (int read; (read = await socket.ReceiveAsync(buffer)) > 0;)
                all.Write(buffer, 0, read);
        }
        catch (SocketException)
        {
            // A reset is an end too.
        }
        return Encoding.Latin1.GetString(all.ToArray());
    }
}
