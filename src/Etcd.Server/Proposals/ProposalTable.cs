using System.Collections.Concurrent;
using Etcd.Protocol.Errors;
using Etcd.Store.Apply;

namespace Etcd.Server.Proposals;

/// <summary>Requests of this member's clients that wait for their entry to be applied, found again by request id.</summary>
/// <remarks>Ids count up by one, so their low bits address a ring without collisions until 65 536 requests wait at once;
/// the rare rest goes to a dictionary. Thread-safe.</remarks>
internal sealed class ProposalTable
{
    private const int RingSize = 1 << 16;
    private const int PoolSize = 4096;

    private readonly PendingRequest?[] _ring = new PendingRequest?[RingSize];
    private readonly ConcurrentDictionary<ulong, PendingRequest> _overflow = new();
    private readonly ConcurrentQueue<PendingRequest> _pool = new();
    private int _waiting;
    private long _refused;

    /// <summary>Requests that wait now (metric <c>etcd_server_proposals_pending</c>).</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Requests so far that were answered here and not by applying their entry.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Starts a wait under an id that nothing else waits under.</summary>
    public ValueTask<ApplyResult> Wait(ulong id, long startedAt, CancellationToken cancellationToken)
    {
        if (!_pool.TryDequeue(out PendingRequest? request))
            request = new PendingRequest(this);
        ValueTask<ApplyResult> task = request.Begin(id, startedAt);
        if (Interlocked.CompareExchange(ref _ring[id % RingSize], request, null) is not null)
            _overflow[id] = request;
        Interlocked.Increment(ref _waiting);
        request.EndWaitOn(cancellationToken);
        return task;
    }

    /// <summary>Claims the request that waits under the id and gives it its answer.</summary>
    /// <returns>Null if nobody waits here any more: another member's request, a replayed entry, a caller that left.</returns>
    public PendingRequest? Claim(ulong id, in ApplyResult result)
    {
        PendingRequest? request = Volatile.Read(ref _ring[id % RingSize]);
        if (request is null || request.WaitingId != id)
        {
            if (_overflow.IsEmpty || !_overflow.TryGetValue(id, out request))
                return null;
        }
        if (!request.TryClaim(id))
            return null;
        request.Answer(result);
        Forget(id, request);
        return request;
    }

    /// <summary>Answers one waiting request at once, on this thread.</summary>
    public void Refuse(ulong id, EtcdError error)
    {
        if (Claim(id, ApplyResult.Refused(error)) is not { } request)
            return;
        Interlocked.Increment(ref _refused);
        request.Complete();
    }

    /// <summary>Refuses every request that started before the moment.</summary>
    public void RefuseStartedBefore(long moment, Func<PendingRequest, EtcdError> reason)
    {
        foreach (PendingRequest? request in _ring)
            RefuseIfOlder(request, moment, reason);
        foreach (PendingRequest request in _overflow.Values)
            RefuseIfOlder(request, moment, reason);
    }

    /// <summary>Takes a claimed request out of the table.</summary>
    public void Forget(ulong id, PendingRequest request)
    {
        if (Interlocked.CompareExchange(ref _ring[id % RingSize], null, request) != request)
            _overflow.TryRemove(id, out _);
        Interlocked.Decrement(ref _waiting);
    }

    /// <summary>Takes a request back whose answer has been read.</summary>
    public void Return(PendingRequest request)
    {
        if (_pool.Count < PoolSize)
            _pool.Enqueue(request);
    }

    private void RefuseIfOlder(PendingRequest? request, long moment, Func<PendingRequest, EtcdError> reason)
    {
        if (request is null || request.StartedAt >= moment)
            return;
        ulong id = request.WaitingId;
        if (id != 0)
            Refuse(id, reason(request));
    }
}
