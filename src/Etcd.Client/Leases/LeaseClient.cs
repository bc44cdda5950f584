using System.Runtime.CompilerServices;
using Etcd.Client.Connections;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>Leases: keys attached to one vanish when nobody keeps it alive.</summary>
public sealed class LeaseClient
{
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(500);

    private readonly IConnection _connection;

    internal LeaseClient(IConnection connection) => _connection = connection;

    /// <param name="ttlSeconds">Raised by the server to its minimum if smaller.</param>
    /// <param name="leaseId">0: the server chooses.</param>
    public Task<LeaseGrantResponse> GrantAsync(long ttlSeconds, long leaseId, CancellationToken cancellationToken) =>
        _connection.SendAsync(LeaseMethods.Grant, new LeaseGrantRequest { TTL = ttlSeconds, ID = leaseId }, Calls.Once, cancellationToken);

    /// <summary>Ends a lease and deletes its keys.</summary>
    public Task<LeaseRevokeResponse> RevokeAsync(long leaseId, CancellationToken cancellationToken) =>
        _connection.SendAsync(LeaseMethods.Revoke, new LeaseRevokeRequest { ID = leaseId }, Calls.Once, cancellationToken);

    /// <summary>What is left of a lease; TTL −1 if there is no such lease.</summary>
    public Task<LeaseTimeToLiveResponse> TimeToLiveAsync(long leaseId, bool withKeys, CancellationToken cancellationToken) =>
        _connection.SendAsync(LeaseMethods.TimeToLive, new LeaseTimeToLiveRequest { ID = leaseId, Keys = withKeys }, Calls.Repeatable, cancellationToken);

    public Task<LeaseLeasesResponse> ListAsync(CancellationToken cancellationToken) =>
        _connection.SendAsync(LeaseMethods.Leases, new LeaseLeasesRequest(), Calls.Repeatable, cancellationToken);

    /// <summary>Sets a lease back to its full time, once.</summary>
    /// <exception cref="EtcdClientException"><see cref="EtcdError.LeaseNotFound"/> if there is no such lease.</exception>
    public async Task<LeaseKeepAliveResponse> KeepAliveOnceAsync(long leaseId, CancellationToken cancellationToken)
    {
        await Calls.TranslateAsync(_connection.EnsureTokenAsync(cancellationToken));
        await using IStreamCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> call =
            await Calls.OpenAsync(_connection, LeaseMethods.KeepAlive, Calls.RequireLeader, cancellationToken);
        try
        {
            await call.WriteAsync(new LeaseKeepAliveRequest { ID = leaseId }, cancellationToken);
        }
        catch (RpcException)
        {
            // Reading tells the server's reason.
        }
        LeaseKeepAliveResponse? response = await Calls.ReadAsync(call, cancellationToken);
        return response is { TTL: > 0 } ? response : throw new EtcdClientException(EtcdError.LeaseNotFound);
    }

    /// <summary>Keeps a lease alive, three times per lifetime, until cancelled. Survives lost connections shorter than the lease.</summary>
    /// <returns>One response per renewal; ends when the lease is gone.</returns>
    public async IAsyncEnumerable<LeaseKeepAliveResponse> KeepAliveAsync(
        long leaseId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long diesAt = 0;
        while (true)
        {
            LeaseKeepAliveResponse? response = null;
            try
            {
                response = await KeepAliveOnceAsync(leaseId, cancellationToken);
            }
            catch (EtcdClientException problem) when (problem.Is(EtcdError.LeaseNotFound))
            {
                yield break;
            }
            catch (EtcdClientException problem) when (problem.Is(EtcdError.InvalidAuthToken) || problem.Is(EtcdError.AuthOldRevision))
            {
                await Calls.TranslateAsync(_connection.RenewTokenAsync(cancellationToken));
            }
            catch (EtcdClientException problem) when (problem.Code is StatusCode.Unavailable or StatusCode.Internal)
            {
                if (diesAt != 0 && Environment.TickCount64 >= diesAt)
                    yield break;
            }
            TimeSpan pause = s_shortestPause;
            if (response is not null)
            {
                diesAt = Environment.TickCount64 + (response.TTL * 1000);
                yield return response;
                TimeSpan third = TimeSpan.FromSeconds(response.TTL / 3.0);
                pause = third > s_shortestPause ? third : s_shortestPause;
            }
            await Task.Delay(pause, cancellationToken);
        }
    }
}
