using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>A lease that is kept alive as long as this object lives: what locks and candidacies hang on.</summary>
/// <remarks>Thread-safe. When <see cref="Lost"/> is cancelled the lease is gone, and with it every key written with it.</remarks>
public sealed class Session : IAsyncDisposable
{
    /// <summary>Lifetime of a session's lease in seconds, as etcd's own recipes use it.</summary>
    public const long DefaultTtlSeconds = 60;

    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly Task _keepingAlive;

    private Session(EtcdClient client, long leaseId)
    {
        Client = client;
        LeaseId = leaseId;
        Lost = _lost.Token;
        _keepingAlive = KeepAliveAsync();
    }

    public EtcdClient Client { get; }

    public long LeaseId { get; }

    /// <summary>Cancelled when the lease has died, or with the session.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Grants a lease and begins to keep it alive.</summary>
    public static async Task<Session> StartAsync(EtcdClient client, long ttlSeconds, CancellationToken cancellationToken)
    {
        LeaseGrantResponse granted = await client.Lease.GrantAsync(ttlSeconds, leaseId: 0, cancellationToken);
        return new Session(client, granted.ID);
    }

    /// <summary>Keeps alive a lease that exists already.</summary>
    public static Session Resume(EtcdClient client, long leaseId) => new(client, leaseId);

    /// <summary>Stops keeping the lease alive without revoking it: its keys live on until it expires.</summary>
    public async Task OrphanAsync()
    {
        await _closing.CancelAsync();
        await _keepingAlive;
    }

    /// <summary>Ends the session and revokes the lease, so that its keys are gone at once.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await OrphanAsync();
        await Client.Lease.RevokeAsync(LeaseId, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await CloseAsync(limit.Token);
        }
        catch (Exception problem) when (problem is EtcdClientException or OperationCanceledException)
        {
            // Nobody can be told any more; the lease expires by itself.
        }
        _closing.Dispose();
        _lost.Dispose();
    }

    private async Task KeepAliveAsync()
    {
        try
        {
            await foreach (LeaseKeepAliveResponse _ in Client.Lease.KeepAliveAsync(LeaseId, _closing.Token))
            {
                // Each answer is good news and nothing else.
            }
        }
        catch (Exception problem) when (problem is EtcdClientException or OperationCanceledException)
        {
            // Either way the lease is no longer ours to rely on.
        }
        await _lost.CancelAsync();
    }
}
