using System.Net;
using System.Threading.Channels;
using Etcd.Grpc.Server.Tests.Support;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;

namespace Etcd.Grpc.Server.Tests;

/// <summary>Calls over a real connection. Texts of refusals were recorded from etcd, see the remarks of each.</summary>
public sealed class CallTests
{
    private const string Echo = "/test.Echo/Unary";
    private const string EchoStream = "/test.Echo/Stream";

    private static GrpcMethod[] EchoMethods =>
    [
        new("test.Echo", "Unary", MethodKind.Unary, TestServer.EchoAsync),
        new("test.Echo", "Stream", MethodKind.BidiStreaming, TestServer.EchoStreamAsync),
    ];

    [Fact]
    public async Task Unary_Message_ComesBackWithStatusInTrailers()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        Reply reply = await Reply.PostAsync(server.Client, Echo, Reply.Frame(1, 2, 3));
        Assert.Equal(StatusCode.Ok, reply.Code);
        Assert.False(reply.IsTrailersOnly);
        Assert.Equal(Reply.Frame(1, 2, 3), reply.Body);
    }

    [Fact]
    public async Task Unary_ManyCallsOfAllSizes_DoNotMix()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        await Parallel.ForAsync(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            byte[] message = new byte[i * 37];
            Array.Fill(message, (byte)i);
            byte[] frame = [0, 0, (byte)(message.Length >> 16), (byte)(message.Length >> 8), (byte)message.Length, .. message];
            Reply reply = await Reply.PostAsync(server.Client, Echo, frame, i % 3 == 0 ? [("grpc-timeout", "10S")] : []);
            Assert.Equal(frame, reply.Body);
        });
    }

    // Recorded from etcd 3.4.23 (curl --http2-prior-knowledge); codes of 400, 405, 415 and of the path without a method are
    // those of the newer grpc-go in etcd 3.7.
    [Theory]
    [InlineData("/test.Echo/Nope", StatusCode.Unimplemented, "unknown method Nope for service test.Echo")]
    [InlineData("/foo.Bar/Nope", StatusCode.Unimplemented, "unknown service foo.Bar")]
    [InlineData("/foo", StatusCode.Unimplemented, "malformed method name: \"/foo\"")]
    public async Task Unary_UnknownPath_IsUnimplemented(string path, StatusCode code, string message)
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        await AssertRefusedAsync(server, path, Reply.Frame(1), code, message);
    }

    [Theory]
    [InlineData(new byte[0], StatusCode.Unknown, "EOF")]
    [InlineData(new byte[] { 0, 0 }, StatusCode.Unknown, "unexpected EOF")]
    [InlineData(new byte[] { 0, 0, 0, 0, 6, 10 }, StatusCode.Unknown, "unexpected EOF")]
    [InlineData(new byte[] { 1, 0, 0, 0, 1, 10 }, StatusCode.Internal, "grpc: compressed flag set with identity or empty encoding")]
    [InlineData(new byte[] { 2, 0, 0, 0, 1, 10 }, StatusCode.Internal, "grpc: received unexpected payload format 2")]
    [InlineData(new byte[] { 0, 0, 0x30, 0, 0, 10 }, StatusCode.ResourceExhausted, "grpc: received message larger than max (3145728 vs. 2097152)")]
    public async Task Unary_BrokenFrame_IsRefusedAsInGo(byte[] body, StatusCode code, string message)
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        await AssertRefusedAsync(server, Echo, body, code, message);
    }

    [Fact]
    public async Task Unary_CompressedMessage_IsUnderstood()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        Reply reply = await Reply.PostAsync(server.Client, Echo, [1, .. Reply.Frame(Gzip.Compress([5, 6, 7]))[1..]], ("grpc-encoding", "gzip"));
        Assert.Equal(Reply.Frame(5, 6, 7), reply.Body);
    }

    [Fact]
    public async Task Unary_UnknownCompression_IsUnimplemented()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        Reply reply = await Reply.PostAsync(server.Client, Echo, [1, 0, 0, 0, 1, 0], ("grpc-encoding", "snappy"));
        Assert.Equal((StatusCode.Unimplemented, "grpc: Decompressor is not installed for grpc-encoding \"snappy\""), (reply.Code, reply.Message));
    }

    [Fact]
    public async Task Unary_MessageThatIsNoProtobuf_IsInternal()
    {
        await using TestServer server = await TestServer.StartAsync([new("test.Echo", "Parse", MethodKind.Unary, call =>
        {
            call.Parse(PutRequest.Parser);
            return ValueTask.FromResult(GrpcStatus.Ok);
        })]);
        Reply reply = await Reply.PostAsync(server.Client, "/test.Echo/Parse", Reply.Frame(10, 5, 97));
        Assert.Equal(StatusCode.Internal, reply.Code);
        Assert.StartsWith("grpc: error unmarshalling request: ", reply.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain", HttpStatusCode.UnsupportedMediaType, StatusCode.InvalidArgument, "invalid gRPC request content-type: \"text/plain\"")]
    [InlineData("application/grpcx", HttpStatusCode.UnsupportedMediaType, StatusCode.InvalidArgument, "invalid gRPC request content-type: \"application/grpcx\"")]
    [InlineData("application/grpc+proto", HttpStatusCode.OK, StatusCode.Ok, "")]
    public async Task Unary_ContentType_DecidesWhetherItIsGrpc(string contentType, HttpStatusCode httpStatus, StatusCode code, string message)
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        Reply reply = await Reply.PostAsync(server.Client, Echo, Reply.Frame(1), ("content-type", contentType));
        Assert.Equal((httpStatus, code, message), (reply.HttpStatus, reply.Code, reply.Message));
    }

    [Fact]
    public async Task Unary_PutInsteadOfPost_IsMethodNotAllowed()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        using var request = new HttpRequestMessage(HttpMethod.Put, Echo) { Content = new ByteArrayContent(Reply.Frame(1)) };
        Reply reply = await Reply.SendAsync(server.Client, request);
        Assert.Equal(
            (HttpStatusCode.MethodNotAllowed, StatusCode.Internal, "Received a HEADERS frame with :method \"PUT\" which should be POST"),
            (reply.HttpStatus, reply.Code, reply.Message));
    }

    [Fact]
    public async Task Unary_MalformedTimeout_IsBadRequest()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        Reply reply = await Reply.PostAsync(server.Client, Echo, Reply.Frame(1), ("grpc-timeout", "abc"));
        Assert.Equal(
            (HttpStatusCode.BadRequest, StatusCode.Internal, "malformed grpc-timeout: transport: timeout unit is not recognized: \"abc\""),
            (reply.HttpStatus, reply.Code, reply.Message));
    }

    [Theory]
    [InlineData("0n")]
    [InlineData("20m")]
    public async Task Unary_DeadlinePasses_EndsWaitingHandler(string timeout)
    {
        await using TestServer server = await TestServer.StartAsync([new("test.Echo", "Wait", MethodKind.Unary, WaitForeverAsync)]);
        Reply reply = await Reply.PostAsync(server.Client, "/test.Echo/Wait", Reply.Frame(1), ("grpc-timeout", timeout));
        Assert.Equal((StatusCode.DeadlineExceeded, "context deadline exceeded"), (reply.Code, reply.Message));
    }

    [Fact]
    public async Task Unary_DeadlinePassesBeforeMessageArrives_EndsCall()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawHttp2.Headers, flags: 4, 1, RawHttp2.Hpack(
            (":method", "POST"), (":scheme", "http"), (":path", Echo), (":authority", "test"), ("content-type", "application/grpc"), ("grpc-timeout", "20m")));
        byte[]? answer = await client.ReceiveUntilAsync(RawHttp2.Headers);
        Assert.Contains("grpc-status", System.Text.Encoding.Latin1.GetString(answer!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unary_ClientResets_CancelsHandler()
    {
        var entered = new TaskCompletionSource();
        var canceled = new TaskCompletionSource();
        await using TestServer server = await TestServer.StartAsync([new("test.Echo", "Wait", MethodKind.Unary, async call =>
        {
            await using CancellationTokenRegistration registration = call.CancellationToken.Register(canceled.SetResult);
            entered.SetResult();
            return await WaitForeverAsync(call);
        })]);
        using RawHttp2 client = await RawHttp2.ConnectAsync(server.EndPoint);
        await client.OpenCallAsync(1, "/test.Echo/Wait");
        await client.SendAsync(RawHttp2.Data, flags: 1, 1, Reply.Frame(1));
        await entered.Task;
        await client.SendAsync(RawHttp2.ResetStream, 0, 1, [0, 0, 0, 8]);
        await canceled.Task;
    }

    [Fact]
    public async Task Unary_HandlerThrows_BecomesItsStatus()
    {
        await using TestServer server = await TestServer.StartAsync(
        [
            new("t.T", "Etcd", MethodKind.Unary, _ => throw new EtcdException(EtcdError.NoSpace)),
            new("t.T", "Rpc", MethodKind.Unary, _ => throw new RpcException(new GrpcStatus(StatusCode.Aborted, "50% off\n"))),
            new("t.T", "Bug", MethodKind.Unary, _ => throw new InvalidOperationException("secret")),
        ]);
        await AssertRefusedAsync(server, "/t.T/Etcd", Reply.Frame(), StatusCode.ResourceExhausted, "etcdserver: mvcc: database space exceeded");
        await AssertRefusedAsync(server, "/t.T/Rpc", Reply.Frame(), StatusCode.Aborted, "50% off\n");
        await AssertRefusedAsync(server, "/t.T/Bug", Reply.Frame(), StatusCode.Internal, "internal error");
    }

    [Fact]
    public async Task Gate_Refuses_HandlerNeverRuns()
    {
        bool ran = false;
        await using TestServer server = await TestServer.StartAsync(
            [new("t.T", "M", MethodKind.Unary, call =>
            {
                ran = true;
                return TestServer.EchoAsync(call);
            })],
            gate: new Refusal(EtcdError.NotCapable));
        await AssertRefusedAsync(server, "/t.T/M", Reply.Frame(), StatusCode.FailedPrecondition, "etcdserver: not capable");
        Assert.False(ran);
    }

    [Fact]
    public async Task Bidi_Messages_AreAnsweredWhileStreamIsOpen()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        Channel<byte[]> outgoing = Channel.CreateUnbounded<byte[]>();
        outgoing.Writer.TryWrite(Reply.Frame(1));
        using HttpResponseMessage response = await OpenStreamAsync(server, outgoing.Reader);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        for (byte i = 1; i <= 20; i++)
        {
            byte[] frame = new byte[6];
            await body.ReadExactlyAsync(frame);
            Assert.Equal(Reply.Frame(i), frame);
            outgoing.Writer.TryWrite(Reply.Frame((byte)(i + 1)));
        }
        outgoing.Writer.Complete();
        await body.CopyToAsync(Stream.Null);
        Assert.Equal("0", response.TrailingHeaders.GetValues("grpc-status").Single());
    }

    [Fact]
    public async Task ServerStream_LargeAnswer_ArrivesWhole()
    {
        const int Messages = 200;
        await using TestServer server = await TestServer.StartAsync([new("t.T", "Many", MethodKind.ServerStreaming, async call =>
        {
            byte[] message = new byte[10_000];
            for (int i = 0; i < Messages; i++)
            {
                message[0] = (byte)i;
                System.Buffers.BuffersExtensions.Write(call.StartMessage(message.Length), message);
                await call.FlushAsync();
            }
            return GrpcStatus.Ok;
        })]);
        Reply reply = await Reply.PostAsync(server.Client, "/t.T/Many", Reply.Frame());
        Assert.Equal(Messages * (10_000 + FramePrefix.Size), reply.Body.Length);
        Assert.Equal(StatusCode.Ok, reply.Code);
        for (int i = 0; i < Messages; i++)
            Assert.Equal((byte)i, reply.Body[(i * 10_005) + 5]);
    }

    [Fact]
    public async Task Bidi_AbortedFromOutside_EndsWithThatStatus()
    {
        await using TestServer server = await TestServer.StartAsync(EchoMethods);
        Channel<byte[]> outgoing = Channel.CreateUnbounded<byte[]>();
        outgoing.Writer.TryWrite(Reply.Frame(1));
        using HttpResponseMessage response = await OpenStreamAsync(server, outgoing.Reader);
        Assert.Single(server.Host.Streams).Abort(EtcdError.NoLeader);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        await body.CopyToAsync(Stream.Null);
        Assert.Equal("14", response.TrailingHeaders.GetValues("grpc-status").Single());
        Assert.Equal("etcdserver: no leader", response.TrailingHeaders.GetValues("grpc-message").Single());
        outgoing.Writer.Complete();
    }

    private static async ValueTask<GrpcStatus> WaitForeverAsync(ServerCall call)
    {
        await Task.Delay(Timeout.Infinite, call.CancellationToken);
        return GrpcStatus.Ok;
    }

    private static Task<HttpResponseMessage> OpenStreamAsync(TestServer server, ChannelReader<byte[]> outgoing)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, EchoStream)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ChannelContent(outgoing),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        return server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static async Task AssertRefusedAsync(TestServer server, string path, byte[] body, StatusCode code, string message)
    {
        Reply reply = await Reply.PostAsync(server.Client, path, body);
        Assert.Equal((HttpStatusCode.OK, code, message), (reply.HttpStatus, reply.Code, reply.Message));
        Assert.True(reply.IsTrailersOnly);
        Assert.Empty(reply.Body);
    }

    private sealed class Refusal(GrpcStatus status) : ICallGate
    {
        public GrpcStatus Enter(ServerCall call) => status;
    }
}
