using System.Buffers;
using Etcd.Protocol.Wire;

namespace Etcd.Store.Mvcc;

/// <summary>Builds an encoded response whose nested messages get their lengths when they are finished.</summary>
/// <remarks>A nested message begins with one byte kept free for its length; a longer length moves the message. Reused; not
/// thread-safe.</remarks>
internal sealed class ResponseBuffer : IBufferWriter<byte>
{
    private const int KeptBytes = 64 * 1024;
    private byte[] _bytes = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptBytes)
            _bytes = new byte[256]; // One huge answer should not keep its memory for good.
    }

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(1, sizeHint));
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>A number field, unless it is zero.</summary>
    public void WriteNumber(int field, long value)
    {
        if (value == 0)
            return;
        var writer = new WireWriter(GetSpan(WireWriter.OptionalSize(field, value)));
        writer.WriteOptional(field, value);
        Length += writer.BytesWritten;
    }

    /// <summary>A finished message field.</summary>
    public void WriteMessage(int field, ReadOnlySpan<byte> message)
    {
        var writer = new WireWriter(GetSpan(WireWriter.BytesFieldSize(field, message.Length)));
        writer.WriteField(field, message);
        Length += writer.BytesWritten;
    }

    /// <summary>The header of a response inside a transaction, which has only the revision.</summary>
    public void WriteHeader(long revision)
    {
        const int HeaderField = 1, RevisionField = 3;
        int header = BeginMessage(HeaderField);
        WriteNumber(RevisionField, revision);
        EndMessage(header);
    }

    /// <summary>Begins a nested message.</summary>
    /// <returns>To be handed to <see cref="EndMessage"/>.</returns>
    public int BeginMessage(int field)
    {
        var writer = new WireWriter(GetSpan(WireWriter.BytesFieldSize(field, 0)));
        writer.WriteLength(field, 0);
        Length += writer.BytesWritten;
        return Length;
    }

    public void EndMessage(int begin)
    {
        int length = Length - begin;
        int lengthBytes = WireWriter.VarintSize((ulong)length);
        if (lengthBytes > 1)
        {
            Reserve(lengthBytes);
            _bytes.AsSpan(begin, length).CopyTo(_bytes.AsSpan(begin + lengthBytes - 1));
            Length += lengthBytes - 1;
        }
        var target = new WireWriter(_bytes.AsSpan(begin - 1));
        target.WriteVarint((ulong)length);
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length - Length < bytes)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + bytes));
    }
}
