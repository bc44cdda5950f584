using System.Buffers;
using System.Runtime.CompilerServices;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Server;
using Etcd.Store.Mvcc;

namespace Etcd.Api.Services;

/// <summary>etcdserverpb.KV (spec api §3). Requests are checked on their bytes and never decoded into objects.</summary>
public sealed class KvService(IMember member, KvRequests requests, Callers callers, ResponseHeaders headers, ApiOptions options)
{
    /// <summary>Bytes of a large Range written between two flushes.</summary>
    private const int ChunkBytes = 128 * 1024;

    private const string Service = "etcdserverpb.KV";

    public IEnumerable<GrpcMethod> Methods =>
    [
        new(Service, "Range", MethodKind.Unary, RangeAsync),
        new(Service, "RangeStream", MethodKind.ServerStreaming, new RangeStreamHandler(member, callers, headers, options).HandleAsync),
        new(Service, "Put", MethodKind.Unary, PutAsync),
        new(Service, "DeleteRange", MethodKind.Unary, DeleteRangeAsync),
        new(Service, "Txn", MethodKind.Unary, TxnAsync),
        new(Service, "Compact", MethodKind.Unary, CompactAsync),
    ];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GrpcStatus> PutAsync(ServerCall call) => headers.Reply(call, await requests.PutAsync(call, call.Message));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GrpcStatus> DeleteRangeAsync(ServerCall call) => headers.Reply(call, await requests.DeleteRangeAsync(call, call.Message));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GrpcStatus> TxnAsync(ServerCall call) => headers.Reply(call, await requests.TxnAsync(call, call.Message));

    private async ValueTask<GrpcStatus> CompactAsync(ServerCall call)
    {
        KvRequests.CheckCompaction(call.Message);
        await callers.RequireAdminAsync(call);
        return headers.Reply(call, await requests.ProposeAsync(call, RequestKind.Compaction, call.Message));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GrpcStatus> RangeAsync(ServerCall call)
    {
        RangeOutcome outcome = await requests.RangeAsync(call, call.Message);
        if (outcome.Error is { } refusal)
            return refusal;
        using RangeReply reply = outcome.Reply!;
        if (reply.BodyBytes > int.MaxValue - ResponseHeaders.MaxBytes)
            return CallStatus.ResponseTooLarge(reply.BodyBytes);
        IBufferWriter<byte> output = headers.Start(call, reply.Revision, reply.BodyBytes);
        // In pieces, so that a large answer is never buffered whole.
        while (reply.WriteNext(output, ChunkBytes))
            await call.FlushAsync();
        return GrpcStatus.Ok;
    }
}
