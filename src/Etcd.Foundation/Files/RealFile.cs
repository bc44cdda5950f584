using Microsoft.Win32.SafeHandles;

namespace Etcd.Foundation.Files;

/// <summary>A file on the machine's own disk, through its descriptor.</summary>
internal sealed class RealFile(string path, SafeFileHandle handle) : IFile
{
    private readonly SafeFileHandle _handle = handle;

    public string Path { get; } = path;

    public long Length => RandomAccess.GetLength(_handle);

    public int Read(long offset, Span<byte> buffer)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            int read = RandomAccess.Read(_handle, buffer[total..], offset + total);
            if (read == 0)
                break;
            total += read;
        }
        return total;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_handle, bytes, offset);

    public void SetLength(long length) => RandomAccess.SetLength(_handle, length);

    public void Preallocate(long length)
    {
        if (Length >= length)
            return;
        if (!OperatingSystem.IsLinux() || !Posix.TryAllocate(_handle, length))
            RandomAccess.SetLength(_handle, length);
    }

    public void SyncData()
    {
        if (OperatingSystem.IsLinux())
            Posix.SyncData(_handle, Path);
        else
            RandomAccess.FlushToDisk(_handle);
    }

    public void Sync() => RandomAccess.FlushToDisk(_handle);

    public bool TryLock(FileLockKind kind) => OperatingSystem.IsWindows() || Posix.TryLock(_handle, kind, Path);

    public IFileMapping Map(long length) => new RealFileMapping(_handle, length, Path);

    public void Dispose() => _handle.Dispose();
}

internal sealed unsafe class RealFileMapping : IFileMapping
{
    private byte* _pointer;

    public RealFileMapping(SafeFileHandle handle, long length, string path)
    {
        _pointer = Posix.Map(handle, length, path);
        Length = length;
    }

    public byte* Pointer => _pointer;

    public long Length { get; }

    public void Prefetch(long offset, long length) => Posix.Prefetch(_pointer, Length, offset, length);

    public void Dispose()
    {
        if (_pointer is null)
            return;
        Posix.Unmap(_pointer, Length);
        _pointer = null;
    }
}
