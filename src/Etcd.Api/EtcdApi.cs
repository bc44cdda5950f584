using Etcd.Api.Health;
using Etcd.Api.Http;
using Etcd.Api.Recipes;
using Etcd.Api.Services;
using Etcd.Api.Watching;
using Etcd.Foundation.Metrics;
using Etcd.Grpc.Server;
using Etcd.Server;

namespace Etcd.Api;

/// <summary>Everything that a member offers to clients, ready to be put behind listeners.</summary>
public sealed class EtcdApi
{
    private readonly IMember _member;
    private readonly ApiOptions _options;
    private readonly TimeProvider _clock;

    /// <param name="registry">Gets the API's metrics, and is what <c>/metrics</c> shows.</param>
    public EtcdApi(IMember member, ApiOptions options, MetricRegistry registry, TimeProvider clock)
    {
        _member = member;
        _options = options;
        _clock = clock;
        var metrics = new ApiMetrics(registry);
        Gate = new MemberGate(member, metrics);
        Methods = new GrpcMethodTable(CreateMethods());
        Http = new HttpEndpoints(member, registry, metrics, new AccessPolicy(options.HostWhitelist, options.CorsOrigins));
    }

    public ICallGate Gate { get; }

    public GrpcMethodTable Methods { get; }

    public HttpEndpoints Http { get; }

    /// <summary>To be set to false while the server does not want calls: stopping, or defragmenting if so configured.</summary>
    public ServiceHealth Health { get; } = new();

    /// <summary>Ends streams that want a leader when there is none; runs until canceled.</summary>
    public Task WatchLeaderAsync(GrpcHost host, CancellationToken cancellationToken) =>
        new LeaderWatchdog(_member, () => host.Streams, _options.ElectionTimeout, _clock).RunAsync(cancellationToken);

    private IEnumerable<GrpcMethod> CreateMethods()
    {
        var callers = new Callers(_member);
        var headers = new ResponseHeaders(_member);
        var space = new SpaceGuard(_member);
        var requests = new KvRequests(_member, callers, space, _options);
        return
        [
            .. new KvService(_member, requests, callers, headers, _options).Methods,
            .. new WatchService(_member, callers, headers, _options, _clock).Methods,
            .. new LeaseService(_member, callers, headers, space).Methods,
            .. new ClusterService(_member, callers, headers).Methods,
            .. new MaintenanceService(_member, callers, headers).Methods,
            .. new AuthService(_member, callers, headers).Methods,
            .. new LockService(_member, requests, headers, _clock).Methods,
            .. new ElectionService(_member, requests, headers, _clock).Methods,
            .. new HealthService(Health).Methods,
        ];
    }
}
