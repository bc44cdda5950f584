using Etcd.Api.Services;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Locks;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Google.Protobuf;

namespace Etcd.Api.Recipes;

/// <summary>v3lockpb.Lock (spec api §8): a mutex made of keys, for clients that do not bring the recipe along.</summary>
internal sealed class LockService(IMember member, KvRequests requests, ResponseHeaders headers, TimeProvider clock)
{
    private const string Service = "v3lockpb.Lock";
    private readonly InProcessKv _kv = new(member, requests);

    public IEnumerable<GrpcMethod> Methods =>
    [
        new(Service, "Lock", MethodKind.Unary, RecipeErrors.Wrap(LockAsync)),
        new(Service, "Unlock", MethodKind.Unary, RecipeErrors.Wrap(UnlockAsync)),
    ];

    private async ValueTask<GrpcStatus> LockAsync(ServerCall call)
    {
        LockRequest request = call.Parse(LockRequest.Parser);
        await using CallSession session = await CallSession.OpenAsync(member, requests, call, request.Lease, clock);
        var queue = new KeyQueue(_kv, request.Name);
        ByteString key = queue.KeyOf(session.LeaseId);
        (long createRevision, long revision) = await EnqueueAsync(call, key, session.LeaseId);
        try
        {
            (KeyValue? owner, _) = await queue.FindOwnerAsync(call);
            if (owner?.CreateRevision != createRevision)
                revision = await WaitAsync(call, queue, key, createRevision);
        }
        catch
        {
            await LeaveAsync(call, key);
            throw;
        }
        call.WriteMessage(new LockResponse { Header = headers.Create(revision), Key = key });
        return GrpcStatus.Ok;
    }

    /// <summary>Puts the key unless it is there already, which it is when the same client asks again.</summary>
    private async ValueTask<(long CreateRevision, long Revision)> EnqueueAsync(ServerCall call, ByteString key, long leaseId)
    {
        TxnResponse response = await _kv.TxnAsync(call, RecipeTxns.IfAbsent(
            key,
            then: new RequestOp { RequestPut = new PutRequest { Key = key, Lease = leaseId } },
            otherwise: new RequestOp { RequestRange = new RangeRequest { Key = key } }));
        long revision = response.Header.Revision;
        return (response.Succeeded ? revision : response.Responses[0].ResponseRange.Kvs[0].CreateRevision, revision);
    }

    private async ValueTask<long> WaitAsync(ServerCall call, KeyQueue queue, ByteString key, long createRevision)
    {
        await queue.WaitForOlderAsync(call, createRevision);
        RangeResponse own = await _kv.RangeAsync(call, new RangeRequest { Key = key });
        // The lease may have run out while its holder waited.
        return own.Kvs.Count > 0 ? own.Header.Revision : throw new RpcException(RecipeErrors.SessionExpired);
    }

    private async ValueTask LeaveAsync(ServerCall call, ByteString key)
    {
        // The call may be over, but its key must not stay in the others' way.
        await _kv.DeleteAsync(new AfterCall(call), key);
    }

    private async ValueTask<GrpcStatus> UnlockAsync(ServerCall call)
    {
        UnlockRequest request = call.Parse(UnlockRequest.Parser);
        long revision = await _kv.DeleteAsync(call, request.Key);
        call.WriteMessage(new UnlockResponse { Header = headers.Create(revision) });
        return GrpcStatus.Ok;
    }
}
