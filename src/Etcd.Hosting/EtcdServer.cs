using System.Net;
using Etcd.Api;
using Etcd.Foundation.Files;
using Etcd.Foundation.Logging;
using Etcd.Foundation.Metrics;
using Etcd.Grpc.Server;
using Etcd.Hosting.Configuration;
using Etcd.Hosting.Listening;
using Etcd.Protocol.Errors;
using Etcd.Server;
using Etcd.Server.Boot;

namespace Etcd.Hosting;

/// <summary>One etcd server in this process: a member and its listeners.</summary>
public sealed class EtcdServer : IAsyncDisposable
{
    private static readonly TimeSpan s_stopPatience = TimeSpan.FromSeconds(5);

    private readonly Member _member;
    private readonly GrpcHost _host;
    private readonly Logger _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _leaderWatch;

    private EtcdServer(Member member, EtcdApi api, GrpcHost host, Logger log)
    {
        (_member, _host, _log) = (member, host, log);
        _leaderWatch = api.WatchLeaderAsync(host, _stopping.Token);
    }

    /// <summary>Where clients are really served, in the order of the listen URLs; port 0 has become a number.</summary>
    public IReadOnlyList<EndPoint> ClientEndPoints => [.. _host.EndPoints];

    /// <summary>Completes when the member stopped by itself: null, or what broke.</summary>
    public Task<Exception?> Stopped => _member.Stopped;

    /// <summary>Starts the member, waits until it is part of a cluster that has a leader, and opens the client listeners.</summary>
    /// <exception cref="Etcd.Server.Boot.BootException">The member cannot start on this data directory.</exception>
    /// <exception cref="IOException">An address is in use or not ours.</exception>
    public static async Task<EtcdServer> StartAsync(ServerOptions options, Logger log, CancellationToken cancellationToken)
    {
        log.Info(
            "starting an etcd server",
            ("etcd-version", MemberOptions.ServerVersion),
            ("name", options.Name),
            ("data-dir", options.DataDir),
            ("heartbeat-interval", options.HeartbeatInterval),
            ("election-timeout", options.ElectionTimeout),
            ("snapshot-count", options.SnapshotCount),
            ("initial-advertise-peer-urls", Print(options.InitialAdvertisePeerUrls)),
            ("listen-client-urls", Print(options.ListenClientUrls)),
            ("advertise-client-urls", Print(options.AdvertiseClientUrls)),
            ("initial-cluster", options.InitialCluster),
            ("initial-cluster-state", options.InitialClusterState),
            ("initial-cluster-token", options.InitialClusterToken),
            ("quota-backend-bytes", options.QuotaBackendBytes));
        var registry = new MetricRegistry();
        Member member = Member.Start(RealFileSystem.Instance, MemberSetup.ToMember(options), new MemberMetrics(registry), TimeProvider.System, log);
        try
        {
            ProcessMetrics.Register(registry);
            MemberMetrics.Sample(registry, member);
            EtcdApi api = NewApi(member, options, registry);
            GrpcHost host = NewHost(api, options, registry, log);
            await WaitUntilReadyAsync(member, cancellationToken);
            log.Info("ready to serve client requests");
            await host.StartAsync(cancellationToken);
            foreach (Uri url in options.ListenClientUrls)
                log.Info("serving client traffic insecurely; this is strongly discouraged!", ("traffic", "grpc+http"), ("address", url.Authority));
            return new EtcdServer(member, api, host, log);
        }
        catch
        {
            await member.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _leaderWatch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var patience = new CancellationTokenSource(s_stopPatience);
        await _host.StopAsync(EtcdError.Stopped, patience.Token);
        await _host.DisposeAsync();
        await _member.DisposeAsync();
        _log.Info("closed etcd server");
    }

    /// <summary>A member that breaks while it replays its log will never be ready.</summary>
    private static async Task WaitUntilReadyAsync(Member member, CancellationToken cancellationToken)
    {
        await Task.WhenAny(member.Ready, member.Stopped).WaitAsync(cancellationToken);
        if (member.Stopped.IsCompleted && await member.Stopped is { } broke)
            throw new BootException(broke.Message, "restore this member from a backup, or let it join the cluster again with an empty data directory", exitCode: 2, broke);
        await member.Ready.WaitAsync(cancellationToken);
    }

    private static EtcdApi NewApi(Member member, ServerOptions options, MetricRegistry registry)
    {
        var limits = new ApiOptions
        {
            MaxTxnOps = options.MaxTxnOps,
            MaxRequestBytes = options.MaxRequestBytes,
            WatchProgressInterval = options.WatchProgressNotifyInterval,
            ElectionTimeout = options.ElectionTimeout,
            HostWhitelist = [.. options.HostWhitelist],
            CorsOrigins = [.. options.Cors],
        };
        return new EtcdApi(member, limits, registry, TimeProvider.System);
    }

    private static GrpcHost NewHost(EtcdApi api, ServerOptions options, MetricRegistry registry, Logger log)
    {
        var grpc = new GrpcServerOptions
        {
            MaxReceiveMessageBytes = options.MaxRequestBytes + 512 * 1024,
            MaxConcurrentStreams = options.MaxConcurrentStreams,
            KeepAliveMinTime = options.GrpcKeepAliveMinTime,
            KeepAliveInterval = options.GrpcKeepAliveInterval > TimeSpan.Zero ? options.GrpcKeepAliveInterval : Timeout.InfiniteTimeSpan,
            KeepAliveTimeout = options.GrpcKeepAliveTimeout,
        };
        var metrics = new GrpcServerMetrics(registry, api.Methods, options.Metrics == "extensive");
        var host = new GrpcHost(api.Methods, api.Gate, metrics, grpc, log.For("grpc/server"));
        // With HTTP on listeners of its own, the others serve only gRPC, so that requests of one kind cannot starve the other.
        bool isSplit = options.ListenClientHttpUrls.Count > 0;
        foreach (Uri url in options.ListenClientUrls)
            host.Listen(ListenAddress.Of(url), isSplit ? ListenerRole.GrpcOnly : new ListenerRole(ServesGrpc: true, api.Http.HandleClientAsync));
        foreach (Uri url in options.ListenClientHttpUrls)
            host.Listen(ListenAddress.Of(url), new ListenerRole(ServesGrpc: false, api.Http.HandleClientAsync));
        foreach (Uri url in options.ListenMetricsUrls)
            host.Listen(ListenAddress.Of(url), new ListenerRole(ServesGrpc: false, api.Http.HandleMetricsAsync));
        return host;
    }

    private static IEnumerable<string> Print(IEnumerable<Uri> urls) => urls.Select(EndpointUrls.Print);
}
