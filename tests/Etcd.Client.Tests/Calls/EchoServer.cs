using System.Net;
using Etcd.Foundation.Logging;
using Etcd.Foundation.Metrics;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Grpc.Server;
using Etcd.Protocol.Rpc;

namespace Etcd.Client.Tests.Calls;

/// <summary>Our own gRPC server with one procedure of a test's making.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly GrpcHost _host;

    private EchoServer(GrpcHost host) => _host = host;

    public EndPoint EndPoint => _host.EndPoints.First();

    /// <summary>How callers name the procedure; the messages are etcd's, only because they are at hand.</summary>
    public static Grpc.Client.GrpcMethod<PutRequest, PutRequest> Method { get; } = new("/test.Echo/Call", PutRequest.Parser);

    public static async Task<EchoServer> StartAsync(MethodKind kind, GrpcHandler handler, EndPoint? endPoint = null)
    {
        var table = new GrpcMethodTable([new GrpcMethod("test.Echo", "Call", kind, handler)]);
        var host = new GrpcHost(table, new OpenGate(), new GrpcServerMetrics(new MetricRegistry(), table, withHandlingTime: false),
            new GrpcServerOptions { MaxReceiveMessageBytes = 16 * 1024 * 1024 }, Logger.None);
        host.Listen(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0), new ListenerRole(ServesGrpc: true, Http: null));
        await host.StartAsync(CancellationToken.None);
        return new EchoServer(host);
    }

    public GrpcChannel Connect(GrpcChannelOptions? options = null) => new(
        EndPoint is IPEndPoint address
            ? new GrpcTarget(address.Address.ToString(), address.Port)
            : new GrpcTarget("localhost", 0, EndPoint.ToString()),
        options ?? new GrpcChannelOptions { MaxSendBytes = 16 * 1024 * 1024 });

    public async Task StopAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _host.StopAsync(new GrpcStatus(Protocol.Errors.StatusCode.Unavailable, "stopping"), atOnce.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _host.DisposeAsync();
    }

    private sealed class OpenGate : ICallGate
    {
        public GrpcStatus Enter(ServerCall call) => GrpcStatus.Ok;
    }
}
