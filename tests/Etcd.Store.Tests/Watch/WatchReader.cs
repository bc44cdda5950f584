using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Protocol.Wire;
using Etcd.Store.Watch;

namespace Etcd.Store.Tests.Watch;

/// <summary>Opens a stream and turns its pieces into messages, as a server would write and a client would read them.</summary>
internal sealed class WatchReader : IDisposable
{
    public WatchReader(WatchHub hub, long fragmentBytes = 2 << 20) => Stream = hub.OpenStream(() => Wakes++, fragmentBytes);

    public WatchStream Stream { get; }

    /// <summary>How often the stream said that it can be read.</summary>
    public int Wakes { get; private set; }

    public List<WatchResponse> ReadAll()
    {
        List<WatchResponse> responses = [];
        while (Stream.TryRead(out WatchPiece piece))
            responses.Add(ToMessage(piece));
        return responses;
    }

    /// <summary>Events of all waiting responses.</summary>
    public List<Event> ReadEvents() => [.. ReadAll().SelectMany(response => response.Events)];

    public void Dispose() => Stream.Dispose();

    private static WatchResponse ToMessage(WatchPiece piece)
    {
        long total = 0;
        var response = new WatchResponse
        {
            Header = new ResponseHeader { Revision = piece.HeaderRevision },
            WatchId = piece.WatchId,
            Created = piece.Created,
            Canceled = piece.Canceled,
            CompactRevision = piece.CompactRevision,
            CancelReason = piece.CancelReason ?? "",
            Fragment = piece.Fragment,
        };
        for (int i = 0; i < piece.EventCount; i++)
        {
            ReadOnlyMemory<byte> encoded = piece.Event(i);
            total += encoded.Length;
            var reader = new WireReader(encoded.Span);
            Assert.True(reader.TryReadTag(out int field, out WireType type));
            Assert.Equal(WatchResponse.EventsFieldNumber, field);
            response.Events.Add(Event.Parser.ParseFrom(reader.ReadBytes(type)));
            Assert.False(reader.HasMore);
        }
        Assert.Equal(total, piece.EventBytes);
        return response;
    }
}
