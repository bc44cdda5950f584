namespace Etcd.Store.Watch;

/// <summary>One WatchResponse, ready but for its header: the sender writes field 1 (cluster, member, revision, term), then these
/// fields, then the events as they are.</summary>
public readonly struct WatchPiece
{
    private readonly QueuedPiece? _queued;
    private readonly int _firstEvent;

    internal WatchPiece(QueuedPiece queued, int firstEvent, int eventCount)
    {
        _queued = queued;
        _firstEvent = firstEvent;
        EventCount = eventCount;
        WatchId = queued.Watcher!.Id;
    }

    /// <summary>For the header; 0 in a cancellation by compaction.</summary>
    public long HeaderRevision { get; init; }

    /// <summary>-1 in an answer to a progress request and in a refusal.</summary>
    public long WatchId { get; init; }

    public bool Created { get; init; }

    public bool Canceled { get; init; }

    public long CompactRevision { get; init; }

    public string? CancelReason { get; init; }

    /// <summary>More of the same response follows in the next piece.</summary>
    public bool Fragment { get; init; }

    public int EventCount { get; }

    /// <summary>Bytes of all events.</summary>
    public long EventBytes
    {
        get
        {
            long bytes = 0;
            for (int i = 0; i < EventCount; i++)
                bytes += Event(i).Length;
            return bytes;
        }
    }

    /// <summary>An encoded <c>events</c> field (11), tag and length included, shared with other watchers.</summary>
    public ReadOnlyMemory<byte> Event(int index) => _queued!.Event(_firstEvent + index);
}

/// <summary>A response in a stream's queue; one with events may grow until it is taken.</summary>
internal sealed class QueuedPiece
{
    private ReadOnlyMemory<byte> _first;
    private List<ReadOnlyMemory<byte>>? _more;

    /// <summary>Null in a control piece.</summary>
    public Watcher? Watcher { get; private init; }

    /// <summary>A response without events, complete.</summary>
    public WatchPiece Control { get; private init; }

    /// <summary>Revision of the last event.</summary>
    public long Revision { get; private set; }

    public int EventCount { get; private set; }

    public long Bytes { get; private set; }

    public static QueuedPiece Of(in WatchPiece control) => new() { Control = control };

    public static QueuedPiece For(Watcher watcher) => new() { Watcher = watcher };

    public void Add(ReadOnlyMemory<byte> encoded, long revision)
    {
        if (EventCount == 0)
            _first = encoded;
        else
            (_more ??= []).Add(encoded);
        EventCount++;
        Bytes += encoded.Length;
        Revision = revision;
    }

    public ReadOnlyMemory<byte> Event(int index) => index == 0 ? _first : _more![index - 1];
}
