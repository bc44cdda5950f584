using System.Buffers;
using System.Text;
using Etcd.Api.Services;
using Etcd.Grpc.Server;
using Etcd.Protocol.Wire;
using Etcd.Store.Watch;

namespace Etcd.Api.Watching;

/// <summary>Encodes WatchResponse: the header is made per response, the events are the store's own bytes.</summary>
internal static class WatchResponseWriter
{
    private const int WatchIdField = 2, CreatedField = 3, CanceledField = 4, CompactRevisionField = 5, CancelReasonField = 6, FragmentField = 7;

    /// <summary>Writes one response message.</summary>
    /// <returns>How many bytes it has behind its header.</returns>
    public static long Write(ServerCall call, ResponseHeaders headers, in WatchPiece piece)
    {
        byte[] reason = piece.CancelReason is { } text ? Encoding.UTF8.GetBytes(text) : [];
        int fieldBytes = FieldBytes(piece, reason);
        long bodyBytes = fieldBytes + piece.EventBytes;
        IBufferWriter<byte> output = headers.Start(call, piece.HeaderRevision, bodyBytes);
        var writer = new WireWriter(output.GetSpan(fieldBytes)[..fieldBytes]);
        writer.WriteOptional(WatchIdField, piece.WatchId);
        writer.WriteOptional(CreatedField, piece.Created ? 1 : 0);
        writer.WriteOptional(CanceledField, piece.Canceled ? 1 : 0);
        writer.WriteOptional(CompactRevisionField, piece.CompactRevision);
        writer.WriteOptional(CancelReasonField, reason);
        writer.WriteOptional(FragmentField, piece.Fragment ? 1 : 0);
        output.Advance(fieldBytes);
        for (int i = 0; i < piece.EventCount; i++)
            output.Write(piece.Event(i).Span);
        return bodyBytes;
    }

    private static int FieldBytes(in WatchPiece piece, byte[] reason) =>
        WireWriter.OptionalSize(WatchIdField, piece.WatchId)
        + WireWriter.OptionalSize(CreatedField, piece.Created ? 1 : 0)
        + WireWriter.OptionalSize(CanceledField, piece.Canceled ? 1 : 0)
        + WireWriter.OptionalSize(CompactRevisionField, piece.CompactRevision)
        + WireWriter.OptionalBytesSize(CancelReasonField, reason.Length)
        + WireWriter.OptionalSize(FragmentField, piece.Fragment ? 1 : 0);
}
