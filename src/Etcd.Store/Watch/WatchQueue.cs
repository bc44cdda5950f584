namespace Etcd.Store.Watch;

/// <summary>Responses of one stream that wait to be sent. The hub adds, one reader takes.</summary>
/// <remarks>Bounded for events: when it is full the watcher falls behind and reads history later. New events of a watcher join its last
/// piece while that waits, unless an answer to a progress request came in between, which promises what was sent before it.</remarks>
internal sealed class WatchQueue(Action readable, long maxBytes, long fragmentBytes)
{
    /// <summary>As etcd's channel of responses.</summary>
    private const int MaxPieces = 128;

    /// <summary>A piece with this many bytes does not grow.</summary>
    private const long MaxPieceBytes = 512 << 10;

    private readonly Lock _lock = new();
    private readonly Queue<QueuedPiece> _pieces = new();
    private QueuedPiece? _fragmented; // Partly taken already.
    private int _nextEvent;
    private long _bytes;
    private long _headerRevision;
    private int _eventPieces;
    private bool _isClosed;
    // A watcher fell behind because this was full: the reader that makes room tells the hub.
    private bool _somebodyWaits;

    /// <summary>Half of it is free: worth catching up for.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
                return IsHalfEmpty;
        }
    }

    private bool IsHalfEmpty => _eventPieces <= MaxPieces / 2 && _bytes <= maxBytes / 2;

    /// <summary>Responses that wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _pieces.Count + (_fragmented is null ? 0 : 1);
        }
    }

    /// <summary>Queues all events of one revision for one watcher, or none.</summary>
    /// <returns>False if it is full.</returns>
    public bool TryAdd(Watcher watcher, long revision, ReadOnlySpan<ReadOnlyMemory<byte>> events)
    {
        lock (_lock)
        {
            if (_isClosed)
                return true; // Nobody will read it, so nobody has to wait.
            QueuedPiece? open = watcher.OpenPiece;
            bool joins = open is not null && open.Bytes < MaxPieceBytes && _bytes < maxBytes;
            if (!joins && _eventPieces > 0 && (_eventPieces >= MaxPieces || _bytes >= maxBytes))
            {
                _somebodyWaits = true;
                return false;
            }
            if (!joins)
            {
                open = QueuedPiece.For(watcher);
                watcher.OpenPiece = open;
                _eventPieces++;
            }
            foreach (ReadOnlyMemory<byte> encoded in events)
            {
                open!.Add(encoded, revision);
                _bytes += encoded.Length;
            }
            if (!joins)
                Enqueue(open!);
            return true;
        }
    }

    /// <summary>As <see cref="HasRoom"/>; if there is none, the reader will tell when there is.</summary>
    public bool HasRoomOrWaits()
    {
        lock (_lock)
        {
            bool hasRoom = IsHalfEmpty;
            _somebodyWaits |= !hasRoom;
            return hasRoom;
        }
    }

    /// <summary>Queues a response without events; never refused.</summary>
    /// <param name="closesPieces">Events that come later must come after it.</param>
    public void Add(in WatchPiece control, bool closesPieces)
    {
        lock (_lock)
        {
            if (_isClosed)
                return;
            if (closesPieces)
            {
                foreach (QueuedPiece piece in _pieces)
                {
                    if (piece.Watcher is { } watcher)
                        watcher.OpenPiece = null;
                }
            }
            Enqueue(QueuedPiece.Of(control));
        }
    }

    /// <param name="piece">The next response to send.</param>
    /// <param name="madeRoom">The hub should be told that there is room again.</param>
    public bool TryTake(out WatchPiece piece, out bool madeRoom)
    {
        lock (_lock)
        {
            madeRoom = false;
            if (_fragmented is { } rest)
            {
                piece = TakeFragment(rest);
                return true;
            }
            if (!_pieces.TryDequeue(out QueuedPiece? next))
            {
                piece = default;
                return false;
            }
            if (next.Watcher is not { } watcher)
            {
                piece = next.Control;
                return true;
            }
            if (watcher.OpenPiece == next)
                watcher.OpenPiece = null;
            _bytes -= next.Bytes;
            _eventPieces--;
            _headerRevision = Math.Max(_headerRevision, next.Revision);
            bool fragments = watcher.WantsFragments && next.Bytes >= fragmentBytes && next.EventCount > 1;
            _nextEvent = 0;
            piece = fragments ? TakeFragment(next) : new WatchPiece(next, 0, next.EventCount) { HeaderRevision = _headerRevision };
            madeRoom = _somebodyWaits && IsHalfEmpty;
            if (madeRoom)
                _somebodyWaits = false;
            return true;
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _pieces.Clear();
            _fragmented = null;
            _bytes = 0;
        }
    }

    private WatchPiece TakeFragment(QueuedPiece whole)
    {
        int first = _nextEvent;
        long bytes = 0;
        while (_nextEvent < whole.EventCount && (_nextEvent == first || bytes + whole.Event(_nextEvent).Length < fragmentBytes))
            bytes += whole.Event(_nextEvent++).Length;
        bool more = _nextEvent < whole.EventCount;
        _fragmented = more ? whole : null;
        return new WatchPiece(whole, first, _nextEvent - first) { HeaderRevision = _headerRevision, Fragment = more };
    }

    private void Enqueue(QueuedPiece piece)
    {
        _pieces.Enqueue(piece);
        if (_pieces.Count == 1 && _fragmented is null)
            readable();
    }
}
