using System.Runtime.InteropServices;
using Etcd.Foundation.Files;

namespace Etcd.TestKit.Disks;

/// <summary>A memory map of a file on a <see cref="CrashDisk"/>: native memory that every write to the file also reaches.</summary>
internal sealed unsafe class DiskMapping : IFileMapping
{
    private readonly Action<DiskMapping> _unmap;
    private byte* _pointer;

    public DiskMapping(long length, Action<DiskMapping> unmap)
    {
        _unmap = unmap;
        Length = length;
        _pointer = (byte*)NativeMemory.AllocZeroed((nuint)length);
    }

    ~DiskMapping() => Free();

    public byte* Pointer => _pointer;

    public long Length { get; }

    /// <summary>Copies what lies inside the mapping; the rest of the bytes is ignored.</summary>
    public void Store(long offset, ReadOnlySpan<byte> bytes)
    {
        int count = (int)Math.Clamp(Length - offset, 0, bytes.Length);
        if (count > 0)
            bytes[..count].CopyTo(new Span<byte>(_pointer + offset, count)); // In bounds: offset + count <= Length.
    }

    public void Dispose()
    {
        _unmap(this);
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_pointer);
        _pointer = null;
    }
}
