using Etcd.Foundation.Logging;
using Etcd.Protocol.Rpc;
using Etcd.Store.Lease;
using Google.Protobuf;
using LeaseCheckpoint = Etcd.Protocol.Rpc.LeaseCheckpoint;

namespace Etcd.Server.Leases;

/// <summary>What the leader does for leases: turns those that ran out into LeaseRevoke proposals and long ones into
/// checkpoints, so that a lease never lives longer because the leader changed.</summary>
internal sealed class LeaseWorker(Lessor leases, Func<RequestKind, IMessage, Task> propose, Func<TimeSpan> now, Logger log)
{
    /// <summary>etcd's scan interval.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>Called every <see cref="Interval"/>. Does nothing on a follower.</summary>
    public void Scan()
    {
        if (!leases.IsPrimary)
            return;
        foreach (long id in leases.Advance(now()))
            Watch(propose(RequestKind.LeaseRevoke, new LeaseRevokeRequest { ID = id }), "failed to revoke lease");
        List<Store.Lease.LeaseCheckpoint> due = leases.DueCheckpoints(now());
        if (due.Count == 0)
            return;
        var request = new LeaseCheckpointRequest();
        request.Checkpoints.AddRange(due.Select(static c => new LeaseCheckpoint { ID = c.LeaseId, RemainingTTL = c.RemainingSeconds }));
        Watch(propose(RequestKind.LeaseCheckpoint, request), "failed to checkpoint leases");
    }

    /// <summary>A proposal that fails is made again by a later scan; only say so.</summary>
    private void Watch(Task proposal, string failure) =>
        _ = proposal.ContinueWith(
            task => log.Warn(failure, ("error", task.Exception!.GetBaseException().Message)),
            CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
}
