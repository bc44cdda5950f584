namespace Etcd.Grpc.Server;

/// <summary>Walks over the bytes of an HTTP/2 client without keeping them, and reports each PING.</summary>
/// <remarks><code>
/// preface(24) frame*        frame = length(3) type(1) flags(1) stream(4) payload(length)
/// </code>
/// Judges nothing: a broken frame is Kestrel's to refuse, and then the connection is over anyway.</remarks>
internal struct FrameScanner
{
    private const int PrefaceBytes = 24;
    private const int HeaderBytes = 9;
    private const byte PingType = 6;
    private const byte AckFlag = 1;

    private long _skip;
    private int _headerFilled;
    private int _payloadBytes;
    private byte _type;
    private byte _flags;

    public FrameScanner() => _skip = PrefaceBytes;

    /// <summary>Takes the next bytes.</summary>
    /// <returns>How many PINGs that ask for an answer have their frame header end in these bytes.</returns>
    public int Scan(ReadOnlySpan<byte> bytes)
    {
        int pings = 0;
        while (!bytes.IsEmpty)
        {
            int skipped = (int)Math.Min(_skip, bytes.Length);
            _skip -= skipped;
            bytes = bytes[skipped..];
            if (bytes.IsEmpty)
                break;
            pings += TakeHeaderByte(bytes[0]);
            bytes = bytes[1..];
        }
        return pings;
    }

    private int TakeHeaderByte(byte value)
    {
        switch (_headerFilled++)
        {
            case < 3:
                _payloadBytes = (_payloadBytes << 8) | value;
                return 0;
            case 3:
                _type = value;
                return 0;
            case 4:
                _flags = value;
                return 0;
            case < HeaderBytes - 1:
                return 0;
        }
        _skip = _payloadBytes;
        _headerFilled = 0;
        _payloadBytes = 0;
        return _type == PingType && (_flags & AckFlag) == 0 ? 1 : 0;
    }
}
