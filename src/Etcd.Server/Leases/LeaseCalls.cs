using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server.Proposals;
using Etcd.Store.Lease;
using LeaseStatus = Etcd.Store.Lease.LeaseStatus;

namespace Etcd.Server.Leases;

/// <summary>Keep-alive and time-to-live, which only the leader's lessor can answer (spec api §5).</summary>
internal sealed class LeaseCalls(Lessor leases, Proposer proposer, Func<TimeSpan> now, TimeProvider clock, TimeSpan patience)
{
    /// <summary>How long to wait before asking again when the answer is about to change.</summary>
    private static readonly TimeSpan s_retry = TimeSpan.FromMilliseconds(50);

    public async ValueTask<long> RenewAsync(long leaseId, CancellationToken cancellationToken)
    {
        long started = clock.GetTimestamp();
        while (true)
        {
            switch (leases.Renew(leaseId, now(), out long ttlSeconds))
            {
                case RenewOutcome.Renewed:
                    return ttlSeconds;
                case RenewOutcome.NotFound:
                    return 0;
                case RenewOutcome.NeedsCheckpointReset:
                    await ResetCheckpointAsync(leaseId, cancellationToken);
                    break;
                case RenewOutcome.NotPrimary or RenewOutcome.Expired:
                    await WaitAsync(started, cancellationToken);
                    break;
                default:
                    throw new InvalidOperationException("unknown renewal outcome");
            }
        }
    }

    public async ValueTask<LeaseStatus?> TimeToLiveAsync(long leaseId, bool withKeys, CancellationToken cancellationToken)
    {
        long started = clock.GetTimestamp();
        while (!leases.IsPrimary)
            await WaitAsync(started, cancellationToken);
        return leases.TimeToLive(leaseId, withKeys, now());
    }

    private async ValueTask ResetCheckpointAsync(long leaseId, CancellationToken cancellationToken)
    {
        var request = new LeaseCheckpointRequest { Checkpoints = { new Protocol.Rpc.LeaseCheckpoint { ID = leaseId } } };
        if ((await proposer.ProposeAsync(RequestKind.LeaseCheckpoint, request, cancellationToken)).Error is { } error)
            throw new EtcdException(error);
    }

    /// <summary>No leader here yet, or a revocation is on its way.</summary>
    private async ValueTask WaitAsync(long started, CancellationToken cancellationToken)
    {
        if (clock.GetElapsedTime(started) > patience)
            throw new EtcdException(EtcdError.Timeout);
        await Task.Delay(s_retry, clock, cancellationToken);
    }
}
