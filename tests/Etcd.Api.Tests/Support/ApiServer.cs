using System.Net;
using Etcd.Foundation.Files;
using Etcd.Foundation.Logging;
using Etcd.Foundation.Metrics;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Server;
using Etcd.TestKit;

namespace Etcd.Api.Tests.Support;

/// <summary>A whole one-member server in this process: real member, real API, real sockets.</summary>
public sealed class ApiServer : IAsyncDisposable
{
    private readonly TempDirectory _folder;
    private readonly GrpcChannel _channel;

    private ApiServer(TempDirectory folder, Member member, EtcdApi api, GrpcHost host, MetricRegistry metrics)
    {
        _folder = folder;
        Member = member;
        Api = api;
        Host = host;
        Metrics = metrics;
        var endPoint = (IPEndPoint)host.EndPoints.First();
        _channel = new GrpcChannel(new GrpcTarget("127.0.0.1", endPoint.Port), new GrpcChannelOptions { MaxSendBytes = int.MaxValue });
        Client = new ApiClient(_channel);
        Http = new HttpClient { BaseAddress = new Uri($"http://{endPoint}") };
        MetricsHttp = new HttpClient { BaseAddress = new Uri($"http://{host.EndPoints.Last()}") };
    }

    public Member Member { get; }

    public EtcdApi Api { get; }

    public GrpcHost Host { get; }

    public MetricRegistry Metrics { get; }

    public ApiClient Client { get; }

    /// <summary>HTTP/1.1 on the client port.</summary>
    public HttpClient Http { get; }

    /// <summary>HTTP/1.1 on a port that serves metrics and health only.</summary>
    public HttpClient MetricsHttp { get; }

    public static async Task<ApiServer> StartAsync(ApiOptions? options = null, Func<MemberOptions, MemberOptions>? configure = null)
    {
        var folder = new TempDirectory();
        var memberOptions = new MemberOptions
        {
            Name = "m1",
            DataDirectory = folder.Combine("data"),
            PeerUrls = ["http://127.0.0.1:1"],
            ClientUrls = ["http://127.0.0.1:2"],
            InitialCluster = "m1=http://127.0.0.1:1",
            BcryptCost = 4,
            UnsafeNoFsync = true,
            HeartbeatInterval = TimeSpan.FromMilliseconds(10),
            ElectionTimeout = TimeSpan.FromMilliseconds(100),
        };
        memberOptions = configure?.Invoke(memberOptions) ?? memberOptions;
        var registry = new MetricRegistry();
        Member member = Member.Start(RealFileSystem.Instance, memberOptions, new MemberMetrics(registry), TimeProvider.System, Logger.None);
        await member.Ready;
        MemberMetrics.Sample(registry, member);
        var api = new EtcdApi(member, options ?? new ApiOptions(), registry, TimeProvider.System);
        var host = new GrpcHost(
            api.Methods, api.Gate, new GrpcServerMetrics(registry, api.Methods, withHandlingTime: false), new GrpcServerOptions { KeepAliveMinTime = TimeSpan.Zero }, Logger.None);
        host.Listen(new IPEndPoint(IPAddress.Loopback, 0), new ListenerRole(ServesGrpc: true, api.Http.HandleClientAsync));
        host.Listen(new IPEndPoint(IPAddress.Loopback, 0), new ListenerRole(ServesGrpc: false, api.Http.HandleMetricsAsync));
        await host.StartAsync(CancellationToken.None);
        return new ApiServer(folder, member, api, host, registry);
    }

    /// <summary>Posts bytes as the message of a unary call that is refused.</summary>
    public async Task<(string Code, string Message)> PostRawAsync(string path, byte[] message)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, (byte)(message.Length >> 8), (byte)message.Length, .. message]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        using HttpResponseMessage response = await Http.SendAsync(request);
        return (response.Headers.GetValues("grpc-status").Single(), StatusMessage.Decode(response.Headers.GetValues("grpc-message").Single()));
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        Http.Dispose();
        MetricsHttp.Dispose();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await Host.StopAsync(EtcdError.Stopped, patience.Token);
        await Host.DisposeAsync();
        await Member.DisposeAsync();
        _folder.Dispose();
    }
}
