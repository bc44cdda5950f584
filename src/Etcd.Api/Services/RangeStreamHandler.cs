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

/// <summary>KV.RangeStream (spec api §3.8): one Range in messages of growing size, all of one revision. Only the last message
/// has the header, <c>more</c> and <c>count</c>.</summary>
internal sealed class RangeStreamHandler(IMember member, Callers callers, ResponseHeaders headers, ApiOptions options)
{
    private const int ResponseField = 1;

    public async ValueTask<GrpcStatus> HandleAsync(ServerCall call)
    {
        if ((KvRequests.CheckRange(call.Message) ?? Unsupported(call.Message.Span)) is { } refusal)
            return refusal;
        if (!RangeRequestFields.Parse(call.Message.Span).Serializable)
            await member.ReadBarrierAsync(call.CancellationToken);
        AuthView view = member.Auth.Current;
        if (view.Enabled && KeyPermissions.CheckRange(view, await callers.ResolveAsync(call), call.Message.Span) is { } denied)
            return denied;
        RangeStream stream = member.Kv.OpenRangeStream(call.Message, options.MaxRequestBytes);
        while (!stream.IsFinished)
        {
            if (stream.Next(out RangeReply? chunk) is { } problem)
                return problem;
            using (chunk)
            {
                // As for Range: permissions that were checked against an older auth store must not let anything out.
                if (member.Auth.Current.Revision != view.Revision)
                    return EtcdError.AuthOldRevision;
                Write(call, chunk!, stream.IsFinished);
            }
            await call.FlushAsync();
        }
        return GrpcStatus.Ok;
    }

    private void Write(ServerCall call, RangeReply chunk, bool isLast)
    {
        Span<byte> header = stackalloc byte[ResponseHeaders.MaxBytes];
        header = isLast ? header[..headers.Encode(header, chunk.Revision)] : [];
        int responseBytes = checked((int)(header.Length + chunk.BodyBytes));
        int messageBytes = WireWriter.BytesFieldSize(ResponseField, responseBytes);
        IBufferWriter<byte> output = call.StartMessage(messageBytes);
        int lengthBytes = messageBytes - responseBytes;
        var writer = new WireWriter(output.GetSpan(lengthBytes)[..lengthBytes]);
        writer.WriteLength(ResponseField, responseBytes);
        output.Advance(lengthBytes);
        output.Write(header);
        while (chunk.WriteNext(output, int.MaxValue))
        {
        }
    }

    private static EtcdError? Unsupported(ReadOnlySpan<byte> request)
    {
        RangeRequestFields range = RangeRequestFields.Parse(request);
        if (range.SortTarget != SortTarget.Key || range.SortOrder == SortOrder.Descend)
            return EtcdError.RangeStreamCustomSort;
        bool filters = (range.MinModRevision | range.MaxModRevision | range.MinCreateRevision | range.MaxCreateRevision) != 0;
        return filters ? EtcdError.RangeStreamRevisionFilter : null;
    }
}
