using System.Buffers;

namespace Etcd.Store.Mvcc;

/// <summary>Collects bytes in rented chunks, so that a large answer is never moved while it grows.</summary>
internal sealed class ChunkedBuffer : IBufferWriter<byte>, IDisposable
{
    private const int FirstChunkBytes = 512;
    private const int LargestChunkBytes = 1 << 20;
    private readonly List<ReadOnlyMemory<byte>> _full = [];
    private byte[] _chunk = [];
    private int _used;

    /// <summary>Bytes written.</summary>
    public long Length { get; private set; }

    public void Advance(int count)
    {
        _used += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_chunk.Length - _used < Math.Max(1, sizeHint))
            NextChunk(sizeHint);
        return _chunk.AsMemory(_used);
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Copies what was written, from an offset on.</summary>
    /// <returns>Bytes copied.</returns>
    public int CopyTo(long offset, Span<byte> target)
    {
        int copied = 0;
        foreach (ReadOnlyMemory<byte> chunk in (ReadOnlySpan<ReadOnlyMemory<byte>>)[.. _full, _chunk.AsMemory(0, _used)])
        {
            if (offset >= chunk.Length)
            {
                offset -= chunk.Length;
                continue;
            }
            ReadOnlySpan<byte> part = chunk.Span[(int)offset..];
            part = part[..Math.Min(part.Length, target.Length - copied)];
            part.CopyTo(target[copied..]);
            copied += part.Length;
            offset = 0;
            if (copied == target.Length)
                break;
        }
        return copied;
    }

    public void Dispose()
    {
        foreach (ReadOnlyMemory<byte> chunk in _full)
        {
            if (System.Runtime.InteropServices.MemoryMarshal.TryGetArray(chunk, out ArraySegment<byte> segment))
                ArrayPool<byte>.Shared.Return(segment.Array!);
        }
        _full.Clear();
        if (_chunk.Length > 0)
            ArrayPool<byte>.Shared.Return(_chunk);
        _chunk = [];
        _used = 0;
        Length = 0;
    }

    private void NextChunk(int sizeHint)
    {
        if (_used > 0)
            _full.Add(_chunk.AsMemory(0, _used));
        else if (_chunk.Length > 0)
            ArrayPool<byte>.Shared.Return(_chunk);
        int bytes = (int)Math.Clamp(Length, FirstChunkBytes, LargestChunkBytes); // Doubles the whole each time.
        _chunk = ArrayPool<byte>.Shared.Rent(Math.Max(bytes, sizeHint));
        _used = 0;
    }
}
