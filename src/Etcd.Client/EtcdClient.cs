using Etcd.Client.Connections;
using Etcd.Grpc.Client;
using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>A client of an etcd cluster (v3 API).</summary>
/// <remarks>Thread-safe; make one per cluster and keep it. Connects when first used. Calls wait while no member can be reached,
/// until their time limit or cancellation. Every refusal is an <see cref="EtcdClientException"/>.</remarks>
public sealed class EtcdClient : IDisposable
{
    private readonly IConnection _connection;

    /// <exception cref="FormatException">An endpoint is no address, or there is none.</exception>
    public EtcdClient(EtcdClientOptions options)
        : this(new BalancedConnection(options, TimeProvider.System))
    {
    }

    /// <summary>A client in clear text without credentials.</summary>
    /// <param name="endpoints">See <see cref="EtcdClientOptions.Endpoints"/>.</param>
    public EtcdClient(params string[] endpoints)
        : this(new EtcdClientOptions { Endpoints = endpoints })
    {
    }

    /// <summary>A client of a server in the same process, for recipes that the server itself offers.</summary>
    public EtcdClient(ICallInvoker server)
        : this(new InProcessConnection(server))
    {
    }

    private EtcdClient(IConnection connection)
    {
        _connection = connection;
        Kv = new KvClient(connection);
        Watch = new WatchClient(connection);
        Lease = new LeaseClient(connection);
        Auth = new AuthClient(connection);
        Cluster = new ClusterClient(connection);
        Maintenance = new MaintenanceClient(connection);
    }

    public KvClient Kv { get; }

    public WatchClient Watch { get; }

    public LeaseClient Lease { get; }

    public AuthClient Auth { get; }

    public ClusterClient Cluster { get; }

    public MaintenanceClient Maintenance { get; }

    /// <summary>The members this client talks to.</summary>
    public IReadOnlyList<string> Endpoints => _connection.Endpoints;

    /// <summary>Fetches the auth token now instead of with the first call, to see early whether the credentials are good.</summary>
    public Task AuthenticateAsync(CancellationToken cancellationToken) =>
        Calls.TranslateAsync(_connection.EnsureTokenAsync(cancellationToken));

    /// <summary>Replaces the members by those the cluster lists.</summary>
    public async Task SyncEndpointsAsync(CancellationToken cancellationToken)
    {
        MemberListResponse members = await Cluster.ListAsync(isSerializable: false, cancellationToken);
        // A learner serves next to nothing, and a member that has not started has no client URL.
        string[] endpoints = [.. members.Members.Where(member => !member.IsLearner).SelectMany(member => member.ClientURLs)];
        if (endpoints.Length > 0)
            _connection.ReplaceEndpoints(endpoints);
    }

    public void Dispose() => _connection.Dispose();
}
