using System.Buffers;

namespace Etcd.Store.Mvcc;

/// <summary>The answer to one RangeRequest, written out piece by piece from stored bytes. Single-threaded; dispose it.</summary>
public sealed class RangeReply : IDisposable
{
    /// <summary>For the response header: the store's revision when the view was taken.</summary>
    public long Revision => throw new NotSupportedException();

    /// <summary>Keys in the range, ignoring limit and filters.</summary>
    public long Count => throw new NotSupportedException();

    /// <summary>More keys are in the range than the limit let through.</summary>
    public bool More => throw new NotSupportedException();

    /// <summary>Bytes of the whole RangeResponse without its header field.</summary>
    public long BodyBytes => throw new NotSupportedException();

    /// <summary>Writes whole key-value pairs until about <paramref name="maxBytes"/> are written or nothing is left.</summary>
    /// <returns>True if something is left to write.</returns>
    public bool WriteNext(IBufferWriter<byte> output, int maxBytes) => throw new NotSupportedException();

    /// <summary>Lets go of database pages when the client is slow: what is left is copied to memory.</summary>
    public void Detach() => throw new NotSupportedException();

    public void Dispose() => throw new NotSupportedException();
}
