using Etcd.Foundation.Files;

namespace Etcd.Wal.Records;

/// <summary>Reads a segment through buffers that whoever keeps a slice may keep.</summary>
/// <remarks>A whole segment in one array would stay in memory as long as a single entry of it does.</remarks>
internal sealed class FileWindow(IFile file)
{
    private const int WindowBytes = 256 * 1024;

    private byte[] _bytes = [];
    private long _start;
    private int _count;
    private bool _isKept;

    /// <summary>Size of the file when reading began.</summary>
    public long Length { get; } = file.Length;

    /// <summary>The bytes at <paramref name="offset"/>, valid until the next call unless <see cref="Keep"/> is called.</summary>
    /// <param name="offset">In the file.</param>
    /// <param name="count">The caller makes sure that they are inside <see cref="Length"/>.</param>
    public ReadOnlyMemory<byte> Slice(long offset, int count)
    {
        if (offset < _start || offset + count > _start + _count)
            Load(offset, count);
        return _bytes.AsMemory((int)(offset - _start), count);
    }

    /// <summary>The current buffer is never written again: the caller holds a slice of it.</summary>
    public void Keep() => _isKept = true;

    private void Load(long offset, int count)
    {
        int size = (int)Math.Min(Math.Max(WindowBytes, count), Length - offset);
        if (_isKept || _bytes.Length < size)
        {
            _bytes = GC.AllocateUninitializedArray<byte>(size);
            _isKept = false;
        }
        _start = offset;
        _count = file.Read(offset, _bytes.AsSpan(0, size));
        if (_count < count)
            throw new EndOfStreamException($"{file.Path} shrank while it was read: {_count} of {count} bytes at offset {offset}");
    }
}
