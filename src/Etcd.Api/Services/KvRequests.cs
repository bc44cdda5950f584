using System.Buffers;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Server;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Mvcc;

namespace Etcd.Api.Services;

/// <summary>Key-value requests as the KV service and the recipes built on it make them: checked, then served or proposed,
/// always in the name of the call's caller.</summary>
/// <remarks>Requests are encoded and stay so. One that is no protobuf message throws <see cref="RpcException"/>; any other
/// refusal is in the result.</remarks>
public sealed class KvRequests(IMember member, Callers callers, SpaceGuard space, ApiOptions options)
{
    private delegate EtcdError? Check(ReadOnlySpan<byte> request);

    /// <param name="request">Encoded PutRequest; may be reused when this returns.</param>
    public ValueTask<ApplyResult> PutAsync(ServerCall call, ReadOnlyMemory<byte> request)
    {
        EtcdError? refusal;
        try
        {
            // Compat: a full database is reported before an invalid request (spec api §3.4).
            refusal = space.Check(RequestCost.Put(request.Span)) ?? RequestValidation.Put(request.Span);
        }
        catch (WireFormatException problem)
        {
            throw Malformed(problem);
        }
        return refusal is null ? ProposeAsync(call, RequestKind.Put, request) : Refused(refusal);
    }

    /// <param name="request">Encoded DeleteRangeRequest; may be reused when this returns.</param>
    public ValueTask<ApplyResult> DeleteRangeAsync(ServerCall call, ReadOnlyMemory<byte> request) =>
        Run(request, static request => RequestValidation.DeleteRange(request)) is { } refusal
            ? Refused(refusal)
            : ProposeAsync(call, RequestKind.DeleteRange, request);

    /// <param name="request">Encoded TxnRequest; must stay as it is until the result is there.</param>
    public ValueTask<ApplyResult> TxnAsync(ServerCall call, ReadOnlyMemory<byte> request)
    {
        EtcdError? refusal;
        bool isReadOnly = false;
        try
        {
            refusal = space.Check(RequestCost.Txn(request.Span)) ?? RequestValidation.Txn(request.Span, options.MaxTxnOps);
            if (refusal is null)
                isReadOnly = RequestValidation.IsReadOnly(request.Span);
        }
        catch (WireFormatException problem)
        {
            throw Malformed(problem);
        }
        if (refusal is not null)
            return Refused(refusal);
        return isReadOnly ? ReadOnlyTxnAsync(call, request) : ProposeAsync(call, RequestKind.Txn, request);
    }

    /// <summary>Whether a Range is valid at all.</summary>
    /// <param name="request">Encoded RangeRequest.</param>
    public static EtcdError? CheckRange(ReadOnlyMemory<byte> request) => Run(request, static request => RequestValidation.Range(request));

    /// <summary>Makes sure that an encoded CompactionRequest is one.</summary>
    public static void CheckCompaction(ReadOnlyMemory<byte> request) => Run(request, static request =>
    {
        CompactionRequestFields.Parse(request);
        return null;
    });

    /// <summary>Opens the answer to a Range; the caller disposes it.</summary>
    /// <param name="request">Encoded RangeRequest; must stay as it is until the result is there.</param>
    public ValueTask<RangeOutcome> RangeAsync(ServerCall call, ReadOnlyMemory<byte> request)
    {
        if (CheckRange(request) is { } refusal)
            return new ValueTask<RangeOutcome>(new RangeOutcome(refusal, null));
        ValueTask barrier = RangeRequestFields.Parse(request.Span).Serializable
            ? ValueTask.CompletedTask
            : member.ReadBarrierAsync(call.CancellationToken);
        // The common case, one voter and no authentication, needs no state machine.
        if (barrier.IsCompletedSuccessfully && !member.Auth.Current.Enabled)
            return new ValueTask<RangeOutcome>(Open(request, member.Auth.Current));
        return FinishRangeAsync(call, request, barrier);
    }

    /// <summary>Proposes a request in the caller's name.</summary>
    public ValueTask<ApplyResult> ProposeAsync(ServerCall call, RequestKind kind, ReadOnlyMemory<byte> request)
    {
        ValueTask<Identity> identity = callers.ResolveAsync(call);
        return identity.IsCompletedSuccessfully
            ? member.ProposeAsync(kind, request, identity.Result, call.CancellationToken)
            : ProposeSlowAsync(call, kind, request, identity);
    }

    private async ValueTask<ApplyResult> ProposeSlowAsync(ServerCall call, RequestKind kind, ReadOnlyMemory<byte> request, ValueTask<Identity> identity) =>
        await member.ProposeAsync(kind, request, await identity, call.CancellationToken);

    private async ValueTask<RangeOutcome> FinishRangeAsync(ServerCall call, ReadOnlyMemory<byte> request, ValueTask barrier)
    {
        await barrier;
        AuthView view = member.Auth.Current;
        if (view.Enabled && KeyPermissions.CheckRange(view, await callers.ResolveAsync(call), request.Span) is { } denied)
            return new RangeOutcome(denied, null);
        return Open(request, view);
    }

    private RangeOutcome Open(ReadOnlyMemory<byte> request, AuthView checkedAgainst)
    {
        if (member.Kv.Range(request.Span, out RangeReply? reply) is { } refusal)
            return new RangeOutcome(refusal, null);
        // Permissions that were checked against an older auth store must not let anything out.
        if (member.Auth.Current.Revision == checkedAgainst.Revision)
            return new RangeOutcome(null, reply);
        reply!.Dispose();
        return new RangeOutcome(EtcdError.AuthOldRevision, null);
    }

    private async ValueTask<ApplyResult> ReadOnlyTxnAsync(ServerCall call, ReadOnlyMemory<byte> request)
    {
        if (!RequestValidation.IsSerializable(request.Span))
            await member.ReadBarrierAsync(call.CancellationToken);
        AuthView view = member.Auth.Current;
        if (view.Enabled && KeyPermissions.CheckTxn(view, await callers.ResolveAsync(call), request.Span) is { } denied)
            return ApplyResult.Refused(denied);
        var body = new ArrayBufferWriter<byte>();
        if (member.Kv.ReadOnlyTxn(request.Span, body, out long revision) is { } refusal)
            return ApplyResult.Refused(refusal);
        return member.Auth.Current.Revision == view.Revision
            ? ApplyResult.Done(revision, body.WrittenMemory)
            : ApplyResult.Refused(EtcdError.AuthOldRevision);
    }

    private static EtcdError? Run(ReadOnlyMemory<byte> request, Check check)
    {
        try
        {
            return check(request.Span);
        }
        catch (WireFormatException problem)
        {
            throw Malformed(problem);
        }
    }

    private static ValueTask<ApplyResult> Refused(EtcdError refusal) => new(ApplyResult.Refused(refusal));

    private static RpcException Malformed(WireFormatException problem) => new(CallStatus.BadRequestMessage(problem.Message), problem);
}

/// <summary>An opened Range, or why it was refused.</summary>
/// <param name="Reply">Null if refused; else to be disposed.</param>
public readonly record struct RangeOutcome(EtcdError? Error, RangeReply? Reply);
