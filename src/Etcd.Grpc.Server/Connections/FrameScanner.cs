namespace Etcd.Grpc.Server;

/// <summary>Walks over the bytes of one direction of an HTTP/2 connection without keeping them, and tells what frames began.</summary>
/// <remarks><code>
/// preface(24, client only) frame*        frame = length(3) type(1) flags(1) stream(4) payload(length)
/// </code>
/// Judges nothing: a broken frame is Kestrel's to refuse, and then the connection is over anyway.</remarks>
internal struct FrameScanner(int prefaceBytes)
{
    /// <summary>Bytes that a client sends before its first frame.</summary>
    public const int ClientPrefaceBytes = 24;

    private const int HeaderBytes = 9;
    private const byte DataType = 0, HeadersType = 1, PingType = 6;
    private const byte AckFlag = 1;

    private long _skip = prefaceBytes;
    private int _headerFilled;
    private int _payloadBytes;
    private byte _type;
    private byte _flags;

    /// <summary>Takes the next bytes.</summary>
    /// <returns>What the frames are whose header ends in these bytes.</returns>
    public ScannedFrames Scan(ReadOnlySpan<byte> bytes)
    {
        ScannedFrames seen = default;
        while (!bytes.IsEmpty)
        {
            int skipped = (int)Math.Min(_skip, bytes.Length);
            _skip -= skipped;
            bytes = bytes[skipped..];
            if (bytes.IsEmpty)
                break;
            if (TakeHeaderByte(bytes[0]))
                seen = seen.With(isPing: _type == PingType && (_flags & AckFlag) == 0, isOfCall: _type is DataType or HeadersType);
            bytes = bytes[1..];
        }
        return seen;
    }

    /// <summary>True when the byte completes a frame header.</summary>
    private bool TakeHeaderByte(byte value)
    {
        switch (_headerFilled++)
        {
            case < 3:
                _payloadBytes = (_payloadBytes << 8) | value;
                return false;
            case 3:
                _type = value;
                return false;
            case 4:
                _flags = value;
                return false;
            case < HeaderBytes - 1:
                return false;
        }
        _skip = _payloadBytes;
        _headerFilled = 0;
        _payloadBytes = 0;
        return true;
    }
}

/// <param name="Pings">PINGs that ask for an answer.</param>
/// <param name="HasCallFrames">A header block or data of some call was among them.</param>
internal readonly record struct ScannedFrames(int Pings, bool HasCallFrames)
{
    public ScannedFrames With(bool isPing, bool isOfCall) => new(Pings + (isPing ? 1 : 0), HasCallFrames | isOfCall);
}
