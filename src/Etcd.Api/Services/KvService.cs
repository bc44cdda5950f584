using System.Buffers;
using System.Runtime.CompilerServices;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Server;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Mvcc;

namespace Etcd.Api.Services;

/// <summary>etcdserverpb.KV without RangeStream. Requests are checked on their bytes and never decoded into objects.</summary>
public sealed class KvService(IMember member, Callers callers, ResponseHeaders headers, SpaceGuard space, ApiOptions options)
{
    /// <summary>Bytes of a large Range written between two flushes.</summary>
    private const int ChunkBytes = 128 * 1024;

    private const string Service = "etcdserverpb.KV";

    public IEnumerable<GrpcMethod> Methods =>
    [
        new(Service, "Range", MethodKind.Unary, RangeAsync),
        new(Service, "Put", MethodKind.Unary, PutAsync),
        new(Service, "DeleteRange", MethodKind.Unary, DeleteRangeAsync),
        new(Service, "Txn", MethodKind.Unary, TxnAsync),
        new(Service, "Compact", MethodKind.Unary, CompactAsync),
    ];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GrpcStatus> PutAsync(ServerCall call)
    {
        if (CheckPut(call.Message.Span) is { } refusal)
            return refusal;
        Identity identity = await callers.ResolveAsync(call);
        ApplyResult result = await member.ProposeAsync(RequestKind.Put, call.Message, identity, call.CancellationToken);
        return Reply(call, result);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GrpcStatus> DeleteRangeAsync(ServerCall call)
    {
        if (Malformed(call, static message => RequestValidation.DeleteRange(message)) is { } refusal)
            return refusal;
        Identity identity = await callers.ResolveAsync(call);
        ApplyResult result = await member.ProposeAsync(RequestKind.DeleteRange, call.Message, identity, call.CancellationToken);
        return Reply(call, result);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GrpcStatus> RangeAsync(ServerCall call)
    {
        if (Malformed(call, static message => RequestValidation.Range(message)) is { } refusal)
            return refusal;
        if (!RangeRequestFields.Parse(call.Message.Span).Serializable)
            await member.ReadBarrierAsync(call.CancellationToken);
        AuthView view = member.Auth.Current;
        if (view.Enabled && KeyPermissions.CheckRange(view, await callers.ResolveAsync(call), call.Message.Span) is { } denied)
            return denied;
        if (member.Kv.Range(call.Message.Span, out RangeReply? reply) is { } error)
            return error;
        using (reply)
        {
            // Permissions that were checked against an older auth store must not let anything out.
            if (member.Auth.Current.Revision != view.Revision)
                return EtcdError.AuthOldRevision;
            await WriteAsync(call, reply!);
        }
        return GrpcStatus.Ok;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<GrpcStatus> TxnAsync(ServerCall call)
    {
        if (CheckTxn(call.Message.Span, out bool readOnly) is { } refusal)
            return refusal;
        Identity identity = await callers.ResolveAsync(call);
        if (readOnly)
            return await ReadOnlyTxnAsync(call, identity);
        ApplyResult result = await member.ProposeAsync(RequestKind.Txn, call.Message, identity, call.CancellationToken);
        return Reply(call, result);
    }

    private async ValueTask<GrpcStatus> ReadOnlyTxnAsync(ServerCall call, Identity identity)
    {
        if (!RequestValidation.IsSerializable(call.Message.Span))
            await member.ReadBarrierAsync(call.CancellationToken);
        AuthView view = member.Auth.Current;
        if (view.Enabled && KeyPermissions.CheckTxn(view, identity, call.Message.Span) is { } denied)
            return denied;
        var body = new ArrayBufferWriter<byte>();
        if (member.Kv.ReadOnlyTxn(call.Message.Span, body, out long revision) is { } error)
            return error;
        if (member.Auth.Current.Revision != view.Revision)
            return EtcdError.AuthOldRevision;
        headers.Write(call, revision, body.WrittenSpan);
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> CompactAsync(ServerCall call)
    {
        await callers.RequireAdminAsync(call);
        Identity identity = await callers.ResolveAsync(call);
        ApplyResult result = await member.ProposeAsync(RequestKind.Compaction, call.Message, identity, call.CancellationToken);
        return Reply(call, result);
    }

    private GrpcStatus Reply(ServerCall call, in ApplyResult result)
    {
        if (result.Error is { } error)
            return error;
        headers.Write(call, result.Revision, result.Body.Span);
        return GrpcStatus.Ok;
    }

    /// <summary>Writes in pieces, so that a large answer is never buffered whole; a client that reads slowly gets a copy, so that
    /// it does not hold on to pages of the database.</summary>
    private async ValueTask WriteAsync(ServerCall call, RangeReply reply)
    {
        IBufferWriter<byte> output = headers.Start(call, reply.Revision, reply.BodyBytes);
        while (reply.WriteNext(output, ChunkBytes))
            await call.FlushAsync();
    }

    private GrpcStatus? CheckPut(ReadOnlySpan<byte> message)
    {
        try
        {
            return ToStatus(space.Check(RequestCost.Put(message)) ?? RequestValidation.Put(message));
        }
        catch (WireFormatException exception)
        {
            return CallStatus.BadRequestMessage(exception.Message);
        }
    }

    private GrpcStatus? CheckTxn(ReadOnlySpan<byte> message, out bool readOnly)
    {
        readOnly = false;
        try
        {
            // Compat: space comes before validity (spec api §3.6), and only for requests that put something.
            if (RequestValidation.Txn(message, options.MaxTxnOps) is { } invalid)
                return invalid;
            readOnly = RequestValidation.IsReadOnly(message);
            return readOnly ? null : ToStatus(space.Check(RequestCost.Txn(message)));
        }
        catch (WireFormatException exception)
        {
            return CallStatus.BadRequestMessage(exception.Message);
        }
    }

    private static GrpcStatus? ToStatus(EtcdError? error) => error is null ? (GrpcStatus?)null : (GrpcStatus)error;

    private delegate EtcdError? Check(ReadOnlySpan<byte> message);

    private static GrpcStatus? Malformed(ServerCall call, Check check)
    {
        try
        {
            return ToStatus(check(call.Message.Span));
        }
        catch (WireFormatException exception)
        {
            return CallStatus.BadRequestMessage(exception.Message);
        }
    }
}
