using System.Buffers;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Store.Mvcc;

namespace Etcd.Api.Services;

/// <summary>KV.RangeStream (spec api §3.8): one Range in messages of growing size, all of one revision. Only the last message
/// has the header, <c>more</c> and <c>count</c>.</summary>
internal sealed class RangeStream(KvRequests requests, ResponseHeaders headers, ApiOptions options)
{
    private const int ResponseField = 1;

    /// <summary>The first message is small, so that a client has something to work on at once.</summary>
    private const int FirstChunkBytes = 16 * 1024;

    public async ValueTask<GrpcStatus> HandleAsync(ServerCall call)
    {
        if (KvRequests.CheckRange(call.Message) is { } invalid)
            return invalid;
        if (Unsupported(call.Message.Span) is { } unsupported)
            return unsupported;
        RangeOutcome outcome = await requests.RangeAsync(call, call.Message);
        if (outcome.Error is { } refusal)
            return refusal;
        using RangeReply reply = outcome.Reply!;
        var chunk = new ArrayBufferWriter<byte>(FirstChunkBytes);
        int chunkBytes = FirstChunkBytes;
        while (reply.WriteNext(chunk, chunkBytes))
        {
            WriteMessage(call, default, chunk.WrittenSpan);
            chunk.ResetWrittenCount();
            chunkBytes = Math.Min(chunkBytes * 2, Math.Max(options.MaxRequestBytes / 2, FirstChunkBytes));
            await call.FlushAsync();
        }
        byte[] header = new byte[ResponseHeaders.MaxBytes];
        WriteMessage(call, header.AsSpan(0, headers.Encode(header, reply.Revision)), chunk.WrittenSpan);
        return GrpcStatus.Ok;
    }

    private static void WriteMessage(ServerCall call, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        int responseBytes = header.Length + body.Length;
        IBufferWriter<byte> output = call.StartMessage(WireWriter.BytesFieldSize(ResponseField, responseBytes));
        int lengthBytes = WireWriter.BytesFieldSize(ResponseField, responseBytes) - responseBytes;
        var writer = new WireWriter(output.GetSpan(lengthBytes)[..lengthBytes]);
        writer.WriteLength(ResponseField, responseBytes);
        output.Advance(lengthBytes);
        output.Write(header);
        output.Write(body);
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
