using Etcd.Foundation.Files;

namespace Etcd.TestKit.Disks;

/// <summary>One open file of a <see cref="CrashDisk"/>.</summary>
internal sealed class CrashFile(CrashDisk disk, string path, DiskContent content, bool isReadOnly) : IFile
{
    private bool _isClosed;

    public string Path { get; } = path;

    public DiskContent Content { get; } = content;

    /// <summary>Meaningful while the disk lists this file among the locked ones.</summary>
    public FileLockKind HeldLock { get; set; }

    public long Length
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return disk.LengthOf(Content);
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return disk.Read(Content, offset, buffer);
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        RequireWritable();
        disk.Write(Path, Content, offset, bytes);
    }

    public void SetLength(long length)
    {
        RequireWritable();
        disk.SetLength(Path, Content, length);
    }

    public void Preallocate(long length)
    {
        RequireWritable();
        if (disk.LengthOf(Content) < length) // As the real disk: a file that is long enough is left alone.
            disk.Preallocate(Path, Content, length);
    }

    public void SyncData() => Sync();

    public void Sync()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        disk.Sync(Path, Content);
    }

    public bool TryLock(FileLockKind kind)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return disk.TryLock(this, kind);
    }

    public IFileMapping Map(long length)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        return disk.Map(Content, length);
    }

    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        disk.Unlock(this);
    }

    private void RequireWritable()
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        if (isReadOnly)
            throw new UnauthorizedAccessException($"{Path} is open for reading only");
    }
}
