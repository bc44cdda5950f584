using System.Net;
using Etcd.Foundation.Logging;
using Etcd.Foundation.Metrics;
using Microsoft.AspNetCore.Http;

namespace Etcd.Grpc.Server.Tests.Support;

/// <summary>A server in this process, on a port the kernel chose, with methods that only tests need.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private TestServer(GrpcHost host, HttpClient client, MetricRegistry metrics)
    {
        Host = host;
        Client = client;
        Metrics = metrics;
    }

    public GrpcHost Host { get; }

    /// <summary>HTTP/2 with prior knowledge.</summary>
    public HttpClient Client { get; }

    public MetricRegistry Metrics { get; }

    public IPEndPoint EndPoint => (IPEndPoint)Host.EndPoints.First();

    public static async Task<TestServer> StartAsync(
        IEnumerable<GrpcMethod> methods, GrpcServerOptions? options = null, RequestDelegate? http = null, ICallGate? gate = null)
    {
        var table = new GrpcMethodTable(methods);
        var registry = new MetricRegistry();
        var host = new GrpcHost(
            table, gate ?? new OpenGate(), new GrpcServerMetrics(registry, table, withHandlingTime: true), options ?? new GrpcServerOptions(), Logger.None);
        host.Listen(new IPEndPoint(IPAddress.Loopback, 0), new ListenerRole(ServesGrpc: true, http ?? (context => context.Response.WriteAsync("http " + context.Request.Path))));
        await host.StartAsync(CancellationToken.None);
        var client = new HttpClient
        {
            BaseAddress = new Uri($"http://{host.EndPoints.First()}"),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        return new TestServer(host, client, registry);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await Host.StopAsync(CallStatus.Canceled, atOnce.Token);
        await Host.DisposeAsync();
    }

    /// <summary>Answers every message with itself.</summary>
    public static ValueTask<GrpcStatus> EchoAsync(ServerCall call)
    {
        System.Buffers.BuffersExtensions.Write(call.StartMessage(call.Message.Length), call.Message.Span);
        return ValueTask.FromResult(GrpcStatus.Ok);
    }

    /// <summary>Answers every message of a stream with itself, one flush each.</summary>
    public static async ValueTask<GrpcStatus> EchoStreamAsync(ServerCall call)
    {
        while (await call.ReadAsync())
        {
            await EchoAsync(call);
            await call.FlushAsync();
        }
        return GrpcStatus.Ok;
    }

    private sealed class OpenGate : ICallGate
    {
        public GrpcStatus Enter(ServerCall call) => GrpcStatus.Ok;
    }
}
