using System.Buffers;

namespace Etcd.Store.Mvcc;

/// <summary>The answer to one RangeRequest, encoded and in memory of its own. Single-threaded; dispose it.</summary>
/// <remarks>Holds no pages, so a client may take it as slowly as it likes.</remarks>
public sealed class RangeReply : IDisposable
{
    private readonly ChunkedBuffer _body;
    private long _written;

    internal RangeReply(ChunkedBuffer body, long revision, long count, bool more)
    {
        _body = body;
        Revision = revision;
        Count = count;
        More = more;
    }

    /// <summary>For the response header: the store's revision when the view was taken.</summary>
    public long Revision { get; }

    /// <summary>Keys in the range, ignoring limit and filters.</summary>
    public long Count { get; }

    /// <summary>More keys are in the range than the limit let through.</summary>
    public bool More { get; }

    /// <summary>Bytes of the whole RangeResponse without its header field.</summary>
    public long BodyBytes => _body.Length;

    /// <summary>Writes the next part of the body, at most <paramref name="maxBytes"/>.</summary>
    /// <returns>True if something is left to write.</returns>
    public bool WriteNext(IBufferWriter<byte> output, int maxBytes)
    {
        int wanted = (int)Math.Min(maxBytes, _body.Length - _written);
        if (wanted > 0)
        {
            int copied = _body.CopyTo(_written, output.GetSpan(wanted)[..wanted]);
            output.Advance(copied);
            _written += copied;
        }
        return _written < _body.Length;
    }

    public void Dispose() => _body.Dispose();
}
