using Etcd.Api.Services;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Apply;
using Google.Protobuf;

namespace Etcd.Api.Recipes;

/// <summary>The lease that a lock or candidacy hangs on: the client's own, or one of 60 seconds that lives on while the call
/// runs and is then left to run out.</summary>
internal sealed class CallSession : IAsyncDisposable
{
    private const long TtlSeconds = 60;
    private static readonly TimeSpan s_renewInterval = TimeSpan.FromSeconds(TtlSeconds / 3.0);

    private readonly CancellationTokenSource _ending = new();
    private Task _renewing = Task.CompletedTask;

    private CallSession(long leaseId) => LeaseId = leaseId;

    public long LeaseId { get; }

    /// <param name="leaseId">The client's lease; 0 if it has none.</param>
    public static async ValueTask<CallSession> OpenAsync(IMember member, KvRequests requests, ServerCall call, long leaseId, TimeProvider clock)
    {
        if (leaseId != 0)
            return new CallSession(leaseId);
        var grant = new LeaseGrantRequest { ID = member.NextLeaseId(), TTL = TtlSeconds };
        ApplyResult granted = await requests.ProposeAsync(call, RequestKind.LeaseGrant, grant.ToByteArray());
        if (granted.Error is { } refusal)
            throw new EtcdException(refusal);
        var session = new CallSession(grant.ID);
        session._renewing = session.RenewAsync(member, clock);
        return session;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _renewing;
        _ending.Dispose();
    }

    private async Task RenewAsync(IMember member, TimeProvider clock)
    {
        try
        {
            using var timer = new PeriodicTimer(s_renewInterval, clock);
            while (await timer.WaitForNextTickAsync(_ending.Token))
                await member.RenewLeaseAsync(LeaseId, _ending.Token);
        }
        catch (OperationCanceledException)
        {
            // The call is over.
        }
        catch (EtcdException)
        {
            // No leader for a while, say: the lease may run out, and then the queue itself tells the caller.
        }
    }
}
