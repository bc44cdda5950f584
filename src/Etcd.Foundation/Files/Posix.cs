using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Etcd.Foundation.Files;

/// <summary>The few system calls that .NET does not offer: fdatasync, fallocate, flock, OFD locks, mmap with a reserve.</summary>
internal static unsafe partial class Posix
{
    private const int LockShared = 1, LockExclusive = 2, LockNonBlocking = 4;
    private const int OfdSetLock = 37; // F_OFD_SETLK, the same number on every Linux architecture.
    private const short WriteLock = 1; // F_WRLCK
    private const int ProtectRead = 1, MapShared = 1, AdviceRandom = 1, AdviceWillNeed = 3;
    private const long ReadAheadBytes = 128 * 1024;
    private const int OpenReadOnly = 0, OpenReadWrite = 2, OpenCreate = 0x40, OpenTruncate = 0x200, OpenCloseOnExec = 0x80000;
    private const int NotFound = 2, Interrupted = 4, TryAgain = 11, AccessDenied = 13, NoSpace = 28, NotSupported = 95;

    /// <summary>Opens a file and nothing else: .NET would take a shared flock with it, which keeps a Go etcd, and other handles of
    /// this process, from the exclusive one, and would refuse to open a file that somebody holds exclusively.</summary>
    public static SafeFileHandle Open(string path, FileOpenMode mode, UnixFileMode permissions)
    {
        int flags = OpenCloseOnExec | mode switch
        {
            FileOpenMode.Read => OpenReadOnly,
            FileOpenMode.ReadWrite => OpenReadWrite,
            FileOpenMode.OpenOrCreate => OpenReadWrite | OpenCreate,
            _ => OpenReadWrite | OpenCreate | OpenTruncate,
        };
        int descriptor;
        int error = 0;
        do
        {
            descriptor = open(path, flags, (int)permissions);
            if (descriptor < 0)
                error = Marshal.GetLastPInvokeError();
        }
        while (descriptor < 0 && error == Interrupted);
        if (descriptor >= 0)
            return new SafeFileHandle(descriptor, ownsHandle: true);
        string message = $"open {path}: {Marshal.GetPInvokeErrorMessage(error)}";
        throw error switch
        {
            NotFound => new FileNotFoundException(message, path),
            AccessDenied => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }

    public static void SyncData(SafeFileHandle handle, string path)
    {
        if (fdatasync(handle) != 0)
            throw Failure("fdatasync", path);
    }

    /// <returns>False where the file system cannot reserve blocks; the caller then extends with zeros.</returns>
    public static bool TryAllocate(SafeFileHandle handle, long length)
    {
        if (fallocate(handle, 0, 0, length) == 0)
            return true;
        int error = Marshal.GetLastPInvokeError();
        if (error is NotSupported or Interrupted)
            return false;
        throw new IOException(error == NoSpace ? "no space left on device" : $"fallocate: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    public static bool TryLock(SafeFileHandle handle, FileLockKind kind, string path)
    {
        int result = kind switch
        {
            FileLockKind.FlockExclusive => flock(handle, LockExclusive | LockNonBlocking),
            FileLockKind.FlockShared => flock(handle, LockShared | LockNonBlocking),
            _ => OfdLock(handle),
        };
        if (result == 0)
            return true;
        int error = Marshal.GetLastPInvokeError();
        return error is TryAgain or AccessDenied ? false : throw Failure("lock", path);
    }

    private static int OfdLock(SafeFileHandle handle)
    {
        // struct flock of 64-bit Linux: i16 type, i16 whence, pad, i64 start, i64 len, i32 pid. Zero length: to the end.
        byte* description = stackalloc byte[32];
        new Span<byte>(description, 32).Clear();
        *(short*)description = WriteLock;
        return fcntl(handle, OfdSetLock, description);
    }

    public static byte* Map(SafeFileHandle handle, long length, string path)
    {
        byte* pointer = mmap(null, (nuint)length, ProtectRead, MapShared, handle, 0);
        if (pointer == (byte*)-1)
            throw Failure("mmap", path);
        _ = madvise(pointer, (nuint)length, AdviceRandom); // As bbolt: read-ahead only wastes page cache on a B+tree.
        return pointer;
    }

    public static void Prefetch(byte* pointer, long mappedBytes, long offset, long length)
    {
        long start = offset / Environment.SystemPageSize * Environment.SystemPageSize; // madvise wants a page boundary.
        long end = Math.Min(offset + length, mappedBytes);
        // Linux reads no more than the device's read-ahead (128 KiB unless configured) per call, whatever the call asks for.
        for (; start < end; start += ReadAheadBytes)
            _ = madvise(pointer + start, (nuint)Math.Min(ReadAheadBytes, end - start), AdviceWillNeed);
    }

    public static void Unmap(byte* pointer, long length) => _ = munmap(pointer, (nuint)length);

    public static void SyncDirectory(string path)
    {
        int descriptor = open(path, OpenReadOnly | OpenCloseOnExec, 0);
        if (descriptor < 0)
            throw Failure("open", path);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (fsync(handle) != 0)
            throw Failure("fsync", path);
    }

    private static IOException Failure(string call, string path)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{call} {path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle fd);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle fd, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle fd, int operation);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle fd, int command, byte* argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* mmap(byte* address, nuint length, int protection, int flags, SafeFileHandle fd, nint offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(byte* address, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int madvise(byte* address, nuint length, int advice);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);
}
