namespace Etcd.Foundation.Files;

/// <summary>The disk, as far as this project uses it. One of the four seams (disk, network, time, randomness):
/// the real disk in production, a disk that loses, garbles or refuses writes in tests and in the simulator.</summary>
/// <remarks>Paths are absolute or relative to the working directory. Every method throws <see cref="IOException"/>
/// (or <see cref="UnauthorizedAccessException"/>) when the disk refuses. Thread-safe.</remarks>
public interface IFileSystem
{
    /// <summary>Opens a file. No lock is taken; see <see cref="IFile.TryLock"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it must exist, may be created, or is emptied first.</param>
    /// <param name="permissions">Mode bits for a newly created file, before the umask.</param>
    IFile OpenFile(string path, FileOpenMode mode, UnixFileMode permissions = FilePermissions.Private);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Creates one directory; its parent must exist. Does nothing if it is there already.</summary>
    void CreateDirectory(string path, UnixFileMode permissions = FilePermissions.PrivateDirectory);

    /// <summary>Names (not paths) of all files and directories in <paramref name="directory"/>, in ordinal order.</summary>
    IReadOnlyList<string> List(string directory);

    /// <summary>Deletes a file; does nothing if it is not there.</summary>
    void DeleteFile(string path);

    /// <summary>Deletes a directory and all it holds; does nothing if it is not there.</summary>
    void DeleteDirectory(string path);

    /// <summary>Renames a file or directory; an existing target file is replaced atomically.</summary>
    void Rename(string from, string to);

    /// <summary>fsync of a directory: makes creations, deletions and renames in it durable.</summary>
    void SyncDirectory(string path);
}

/// <summary>One open file with positional reads and writes.</summary>
/// <remarks>Reads and writes at different offsets may run at the same time on different threads.</remarks>
public interface IFile : IDisposable
{
    string Path { get; }

    /// <summary>Size in bytes as the file system reports it now.</summary>
    long Length { get; }

    /// <summary>Reads up to <paramref name="buffer"/>.Length bytes; fewer only at the end of the file.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Writes all bytes at the offset, growing the file if needed. Durable only after a sync.</summary>
    void Write(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Truncates or extends (with zeros) to exactly <paramref name="length"/> bytes.</summary>
    void SetLength(long length);

    /// <summary>Reserves disk blocks so that the file is at least <paramref name="length"/> bytes long (fallocate mode 0);
    /// extends with zeros where the file system cannot reserve.</summary>
    void Preallocate(long length);

    /// <summary>fdatasync: data and the size needed to read it are durable when this returns.</summary>
    /// <exception cref="IOException">The sync failed. Never retry: the kernel may have dropped the pages.</exception>
    void SyncData();

    /// <summary>fsync: data and all metadata are durable when this returns.</summary>
    /// <exception cref="IOException">As <see cref="SyncData"/>.</exception>
    void Sync();

    /// <summary>Takes an advisory lock that other processes (also a Go etcd) respect.</summary>
    /// <returns>False if another process holds a conflicting one. Released by <see cref="IDisposable.Dispose"/>.</returns>
    bool TryLock(FileLockKind kind);

    /// <summary>Maps the file read-only. Writes through this <see cref="IFile"/> become visible in the mapping.</summary>
    /// <param name="length">Bytes of address space; may be larger than the file, but bytes behind its end must not be touched.</param>
    IFileMapping Map(long length);
}

/// <summary>A read-only view of a file's bytes in memory.</summary>
public unsafe interface IFileMapping : IDisposable
{
    /// <summary>First byte. Valid until <see cref="IDisposable.Dispose"/>; only bytes inside the file may be read.</summary>
    byte* Pointer { get; }

    /// <summary>Bytes of address space.</summary>
    long Length { get; }

    /// <summary>Asks for a part of the file to be brought into memory in large sequential reads. A hint: never fails.</summary>
    void Prefetch(long offset, long length)
    {
    }
}

public enum FileOpenMode
{
    /// <summary>Must exist; read only.</summary>
    Read,

    /// <summary>Must exist; read and write.</summary>
    ReadWrite,

    /// <summary>Read and write; created if missing, contents kept if not.</summary>
    OpenOrCreate,

    /// <summary>Read and write; created if missing, emptied if not.</summary>
    Truncate,
}

public enum FileLockKind
{
    /// <summary>flock(LOCK_EX): the database file.</summary>
    FlockExclusive,

    /// <summary>flock(LOCK_SH): the database file, opened read-only by a tool.</summary>
    FlockShared,

    /// <summary>fcntl(F_OFD_SETLK, F_WRLCK) over the whole file: WAL segments.</summary>
    OpenFileDescription,
}

/// <summary>Mode bits that etcd gives to what it creates.</summary>
public static class FilePermissions
{
    /// <summary>0600.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>0700.</summary>
    public const UnixFileMode PrivateDirectory = Private | UnixFileMode.UserExecute;

    /// <summary>0666; the umask decides what stays.</summary>
    public const UnixFileMode Shared = Private | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
}
