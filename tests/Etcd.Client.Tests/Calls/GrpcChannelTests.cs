using System.Net.Sockets;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.TestKit;
using Google.Protobuf;

namespace Etcd.Client.Tests.Calls;

/// <summary>The channel against our own server: what real etcd never does can be asked of it.</summary>
public class GrpcChannelTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, false)]
    [InlineData(10, false)]
    [InlineData(10, true)]
    [InlineData(3_000_000, false)]
    [InlineData(3_000_000, true)]
    public async Task Unary_AnySizeAndCompression_ComesBack(int bytes, bool compress)
    {
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, EchoAsync);
        using GrpcChannel channel = server.Connect();
        var request = new PutRequest { Value = ByteString.CopyFrom(new byte[bytes]) };

        PutRequest response = await channel.UnaryAsync(EchoServer.Method, request, new CallOptions { Compress = compress }, Cancelled);

        Assert.Equal(request, response);
    }

    [Fact]
    public async Task Unary_Refused_CarriesCodeAndAnyText()
    {
        const string Text = "100 % größer\nals gedacht: ☃";
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, _ => ValueTask.FromResult(new GrpcStatus(StatusCode.Aborted, Text)));
        using GrpcChannel channel = server.Connect();

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel));

        Assert.Equal((StatusCode.Aborted, Text), (refused.Status.Code, refused.Status.Message));
    }

    [Fact]
    public async Task Unary_UnknownMethod_IsUnimplemented()
    {
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, EchoAsync);
        using GrpcChannel channel = server.Connect();
        var method = new Grpc.Client.GrpcMethod<PutRequest, PutRequest>("/test.Echo/Other", PutRequest.Parser);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(method, new PutRequest(), CallOptions.Default, Cancelled));

        Assert.Equal((StatusCode.Unimplemented, "unknown method Other for service test.Echo"), (refused.Status.Code, refused.Status.Message));
    }

    [Fact]
    public async Task Unary_OkWithoutMessage_IsAnError()
    {
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, _ => ValueTask.FromResult(GrpcStatus.Ok));
        using GrpcChannel channel = server.Connect();

        RpcException broken = await Assert.ThrowsAsync<RpcException>(() => CallAsync(channel));

        Assert.Equal(StatusCode.Internal, broken.Status.Code);
    }

    [Fact]
    public async Task Unary_MetadataAndDeadline_ReachTheHandler()
    {
        string? seen = null;
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, call =>
        {
            seen = $"{call.GetHeader("token")} {call.GetHeader("grpc-timeout")} {call.GetHeader("te")} {call.GetHeader("user-agent")}";
            return EchoAsync(call);
        });
        using GrpcChannel channel = server.Connect(new GrpcChannelOptions { UserAgent = "tester" });
        var options = new CallOptions { Metadata = new Grpc.Metadata { { "token", "abc.1" } }, Timeout = TimeSpan.FromSeconds(30) };

        await channel.UnaryAsync(EchoServer.Method, new PutRequest(), options, Cancelled);

        Assert.Equal("abc.1 30000000u trailers tester", seen);
    }

    [Fact]
    public async Task Unary_DeadlinePasses_EndsOnBothSides()
    {
        var handlerEnded = new TaskCompletionSource();
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, call => HangAsync(call, handlerEnded));
        using GrpcChannel channel = server.Connect();

        RpcException expired = await Assert.ThrowsAsync<RpcException>(
            () => channel.UnaryAsync(EchoServer.Method, new PutRequest(), new CallOptions { Timeout = TimeSpan.FromMilliseconds(50) }, Cancelled));

        Assert.Equal(StatusCode.DeadlineExceeded, expired.Status.Code);
        await handlerEnded.Task.WaitAsync(Cancelled);
    }

    [Fact]
    public async Task Unary_CallerCancels_HandlerIsTold()
    {
        var handlerEnded = new TaskCompletionSource();
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, call => HangAsync(call, handlerEnded));
        using GrpcChannel channel = server.Connect();
        using var leave = new CancellationTokenSource();
        Task<PutRequest> call = channel.UnaryAsync(EchoServer.Method, new PutRequest(), CallOptions.Default, leave.Token);
        leave.CancelAfter(TimeSpan.FromMilliseconds(50));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await handlerEnded.Task.WaitAsync(Cancelled);
    }

    [Fact]
    public async Task Unary_ResponseLargerThanAllowed_IsResourceExhausted()
    {
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, EchoAsync);
        using GrpcChannel channel = server.Connect(new GrpcChannelOptions { MaxReceiveBytes = 100 });
        var request = new PutRequest { Value = ByteString.CopyFrom(new byte[200]) };

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => channel.UnaryAsync(EchoServer.Method, request, CallOptions.Default, Cancelled));

        Assert.Equal((StatusCode.ResourceExhausted, "grpc: received message larger than max (203 vs. 100)"), (refused.Status.Code, refused.Status.Message));
    }

    [Fact]
    public async Task Stream_PingPong_ThenHalfClose_EndsWithOk()
    {
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.BidiStreaming, EchoStreamAsync);
        using GrpcChannel channel = server.Connect();
        await using IStreamCall<PutRequest, PutRequest> call = await channel.OpenStreamAsync(EchoServer.Method, CallOptions.Default, Cancelled);
        for (int i = 0; i < 100; i++)
        {
            await call.WriteAsync(new PutRequest { Lease = i }, Cancelled);
            Assert.Equal(i, (await call.ReadAsync(Cancelled))!.Lease);
        }

        await call.CompleteWritesAsync();

        Assert.Null(await call.ReadAsync(Cancelled));
    }

    [Fact]
    public async Task Stream_ServerRefusesAtOnce_ReadingTellsWhy()
    {
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.BidiStreaming, _ => ValueTask.FromResult<GrpcStatus>(EtcdError.NoLeader));
        using GrpcChannel channel = server.Connect();
        await using IStreamCall<PutRequest, PutRequest> call = await channel.OpenStreamAsync(EchoServer.Method, CallOptions.Default, Cancelled);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync(Cancelled).AsTask());

        Assert.Equal(EtcdError.NoLeader.Message, refused.Status.Message);
    }

    [Fact]
    public async Task Stream_ServerStops_EndsAsUnavailable()
    {
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.BidiStreaming, EchoStreamAsync);
        using GrpcChannel channel = server.Connect();
        await using IStreamCall<PutRequest, PutRequest> call = await channel.OpenStreamAsync(EchoServer.Method, CallOptions.Default, Cancelled);
        await call.WriteAsync(new PutRequest { Lease = 1 }, Cancelled);
        Assert.NotNull(await call.ReadAsync(Cancelled));

        await server.StopAsync();

        RpcException gone = await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync(Cancelled).AsTask());
        Assert.Equal(StatusCode.Unavailable, gone.Status.Code);
        await Assert.ThrowsAsync<NoConnectionException>(() => CallAsync(channel));
    }

    [Fact]
    public async Task Stream_Disposed_HandlerIsTold()
    {
        var handlerEnded = new TaskCompletionSource();
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.BidiStreaming, call => HangAsync(call, handlerEnded));
        using GrpcChannel channel = server.Connect();
        IStreamCall<PutRequest, PutRequest> call = await channel.OpenStreamAsync(EchoServer.Method, CallOptions.Default, Cancelled);
        await call.WriteAsync(new PutRequest(), Cancelled);

        await call.DisposeAsync();

        await handlerEnded.Task.WaitAsync(Cancelled);
    }

    [Fact]
    public async Task UnixSocket_Works()
    {
        using var folder = new TempDirectory();
        string path = folder.Combine("grpc.sock");
        await using EchoServer server = await EchoServer.StartAsync(MethodKind.Unary, EchoAsync, new UnixDomainSocketEndPoint(path));
        using var channel = new GrpcChannel(new GrpcTarget("localhost", 0, path), new GrpcChannelOptions());

        Assert.Equal(new PutRequest { Lease = 3 }, await channel.UnaryAsync(EchoServer.Method, new PutRequest { Lease = 3 }, CallOptions.Default, Cancelled));
    }

    [Fact]
    public async Task UnixSocket_Missing_IsNoConnection()
    {
        using var channel = new GrpcChannel(new GrpcTarget("localhost", 0, "/nosuch/socket"), new GrpcChannelOptions());

        NoConnectionException problem = await Assert.ThrowsAsync<NoConnectionException>(() => CallAsync(channel));

        Assert.Equal("connection error: desc = \"transport: Error while dialing: dial unix /nosuch/socket: connect: no such file or directory\"", problem.Message);
    }

    private static Task<PutRequest> CallAsync(GrpcChannel channel) =>
        channel.UnaryAsync(EchoServer.Method, new PutRequest(), CallOptions.Default, Cancelled);

    private static ValueTask<GrpcStatus> EchoAsync(ServerCall call)
    {
        call.WriteMessage(call.Parse(PutRequest.Parser));
        return ValueTask.FromResult(GrpcStatus.Ok);
    }

    private static async ValueTask<GrpcStatus> EchoStreamAsync(ServerCall call)
    {
        while (await call.ReadAsync())
        {
            await EchoAsync(call);
            await call.FlushAsync();
        }
        return GrpcStatus.Ok;
    }

    private static async ValueTask<GrpcStatus> HangAsync(ServerCall call, TaskCompletionSource ended)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
        }
        finally
        {
            ended.SetResult();
        }
        return GrpcStatus.Ok;
    }
}
