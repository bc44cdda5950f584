using Etcd.Foundation.Files;

namespace Etcd.TestKit.Disks;

/// <summary>A disk in memory that forgets, like a real one, what was not synced when the power fails.</summary>
/// <remarks>
/// <para>Writes are visible at once and durable after a sync of the file; creations, deletions and renames are durable after
/// a sync of the directory, not of the file. <see cref="AfterPowerCut"/> answers with the disk that the next boot finds:
/// every un-synced 512-byte sector is kept, dropped to an older version or garbled; an un-synced file length is one of those
/// it had; un-synced names are there up to some point in their order.</para>
/// <para>The same calls and seeds give the same disk. Thread-safe; mappings are native memory that writes reach as well, so
/// map little more than the file will need.</para>
/// </remarks>
public sealed class CrashDisk : IFileSystem
{
    private readonly Lock _lock = new();
    private readonly DiskNames _names;
    private readonly Random _random;
    private readonly List<CrashFile> _locks = [];

    /// <summary>An empty disk with a root directory.</summary>
    /// <param name="seed">Decides what failing syncs leave behind; power cuts have a seed of their own.</param>
    public CrashDisk(int seed)
        : this(new DiskNames(), seed)
    {
    }

    private CrashDisk(DiskNames names, int seed)
    {
        _names = names;
        _random = new Random(seed);
    }

    /// <summary>Space on the disk; a write or reservation beyond it ends with ENOSPC, a write after part of its work.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>Space taken by files, in blocks of 4096 bytes.</summary>
    public long UsedBytes
    {
        get
        {
            lock (_lock)
                return Used();
        }
    }

    /// <summary>Asked before every change and may let it fail. Must not use this disk, except for <see cref="AfterPowerCut"/>.</summary>
    public Func<DiskOperation, DiskFault>? Fault { get; set; }

    /// <summary>Changes asked for so far, failed ones included.</summary>
    public long Operations { get; private set; }

    /// <summary>True after <see cref="CutPower"/> or <see cref="DiskFault.PowerCut"/>: everything throws <see cref="PowerCutException"/>.</summary>
    public bool IsOff { get; private set; }

    public void CutPower() => IsOff = true;

    /// <summary>The disk that the next boot would find if the power failed now. This disk is left as it is.</summary>
    /// <param name="seed">Decides the fate of everything un-synced.</param>
    /// <param name="fates">Fates to choose from.</param>
    public CrashDisk AfterPowerCut(int seed, UnsyncedFates fates = UnsyncedFates.All)
    {
        lock (_lock)
            return new CrashDisk(_names.AfterPowerCut(new Random(seed), fates), seed) { CapacityBytes = CapacityBytes };
    }

    /// <summary>Puts a file there as if it had been written and synced long ago.</summary>
    public void Install(string path, ReadOnlySpan<byte> bytes)
    {
        path = Normalize(path);
        lock (_lock)
        {
            RequireParent(path);
            var content = new DiskContent();
            content.Write(0, bytes);
            content.Sync();
            _names.Add(path, content);
            _names.Sync(DiskNames.ParentOf(path));
        }
    }

    /// <summary>The whole file as programs see it now.</summary>
    public byte[] ReadAllBytes(string path)
    {
        using IFile file = OpenFile(path, FileOpenMode.Read);
        byte[] bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }

    public IFile OpenFile(string path, FileOpenMode mode, UnixFileMode permissions = FilePermissions.Private)
    {
        path = Normalize(path);
        lock (_lock)
        {
            ThrowIfOff();
            DiskContent? content = _names.Find(path);
            if (content is null)
            {
                if (mode is FileOpenMode.Read or FileOpenMode.ReadWrite || _names.DirectoryExists(path))
                    throw new FileNotFoundException($"open {path}: no such file", path);
                RequireParent(path);
                content = new DiskContent();
                Change(DiskOperationKind.CreateFile, path, 0, 0, () => _names.Add(path, content));
            }
            else if (mode == FileOpenMode.Truncate && content.Length > 0)
            {
                Change(DiskOperationKind.SetLength, path, 0, 0, () => content.SetLength(0));
            }
            return new CrashFile(this, path, content, isReadOnly: mode == FileOpenMode.Read);
        }
    }

    public bool FileExists(string path)
    {
        lock (_lock)
        {
            ThrowIfOff();
            return _names.Find(Normalize(path)) is not null;
        }
    }

    public bool DirectoryExists(string path)
    {
        lock (_lock)
        {
            ThrowIfOff();
            return _names.DirectoryExists(Normalize(path));
        }
    }

    public void CreateDirectory(string path, UnixFileMode permissions = FilePermissions.PrivateDirectory)
    {
        path = Normalize(path);
        lock (_lock)
        {
            ThrowIfOff();
            if (_names.DirectoryExists(path))
                return;
            RequireParent(path);
            Change(DiskOperationKind.CreateDirectory, path, 0, 0, () => _names.Add(path, null));
        }
    }

    public IReadOnlyList<string> List(string directory)
    {
        directory = Normalize(directory);
        lock (_lock)
        {
            ThrowIfOff();
            return _names.DirectoryExists(directory)
                ? _names.List(directory)
                : throw new DirectoryNotFoundException($"open {directory}: no such directory");
        }
    }

    public void DeleteFile(string path) => Delete(Normalize(path), isDirectory: false);

    public void DeleteDirectory(string path) => Delete(Normalize(path), isDirectory: true);

    public void Rename(string from, string to)
    {
        (from, to) = (Normalize(from), Normalize(to));
        lock (_lock)
        {
            ThrowIfOff();
            if (!_names.Exists(from))
                throw new FileNotFoundException($"rename {from}: no such file or directory", from);
            RequireParent(to);
            if (_names.DirectoryExists(to))
                throw new IOException($"rename {from} {to}: target is a directory");
            Change(DiskOperationKind.Rename, from, 0, 0, () => _names.Rename(from, to));
        }
    }

    public void SyncDirectory(string path)
    {
        path = Normalize(path);
        lock (_lock)
        {
            ThrowIfOff();
            if (!_names.DirectoryExists(path))
                throw new DirectoryNotFoundException($"open {path}: no such directory");
            Change(DiskOperationKind.SyncDirectory, path, 0, 0, () => _names.Sync(path));
        }
    }

    internal long LengthOf(DiskContent content)
    {
        lock (_lock)
        {
            ThrowIfOff();
            return content.Length;
        }
    }

    internal int Read(DiskContent content, long offset, Span<byte> buffer)
    {
        lock (_lock)
        {
            ThrowIfOff();
            return content.Read(offset, buffer);
        }
    }

    internal void Write(string path, DiskContent content, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            DiskFault fault = Begin(DiskOperationKind.Write, path, offset, bytes.Length);
            if (fault == DiskFault.Error)
                throw InputOutputError(path);
            long free = CapacityBytes - Used();
            bool isFull = fault == DiskFault.NoSpace || content.CostOf(offset, bytes.Length) > free;
            content.Write(offset, isFull ? bytes[..(int)Math.Min(bytes.Length / 2, Math.Max(0, free))] : bytes);
            if (isFull)
                throw NoSpace(path);
            ThrowIfOff();
        }
    }

    internal void SetLength(string path, DiskContent content, long length)
    {
        lock (_lock)
            Change(DiskOperationKind.SetLength, path, 0, length, () => content.SetLength(length));
    }

    internal void Preallocate(string path, DiskContent content, long length)
    {
        lock (_lock)
        {
            bool isFull = Math.Max(0, length - content.AllocatedBytes) > CapacityBytes - Used();
            Change(DiskOperationKind.Preallocate, path, 0, length, () =>
            {
                if (isFull)
                    throw NoSpace(path);
                content.Reserve(length);
            });
        }
    }

    internal void Sync(string path, DiskContent content)
    {
        lock (_lock)
        {
            DiskFault fault = Begin(DiskOperationKind.Sync, path, 0, 0);
            ThrowIfOff(); // A sync that the power cut interrupts promises nothing.
            if (fault == DiskFault.None)
            {
                content.Sync();
                return;
            }
            content.FailSync(_random);
            throw fault == DiskFault.NoSpace ? NoSpace(path) : InputOutputError(path);
        }
    }

    internal DiskMapping Map(DiskContent content, long length)
    {
        lock (_lock)
        {
            ThrowIfOff();
            var mapping = new DiskMapping(length, gone =>
            {
                lock (_lock)
                    content.Unmap(gone);
            });
            content.Map(mapping);
            return mapping;
        }
    }

    internal bool TryLock(CrashFile file, FileLockKind kind)
    {
        lock (_lock)
        {
            ThrowIfOff();
            bool isOfd = kind == FileLockKind.OpenFileDescription;
            foreach (CrashFile holder in _locks)
            {
                if (holder == file || holder.Content != file.Content || (holder.HeldLock == FileLockKind.OpenFileDescription) != isOfd)
                    continue; // flock and fcntl locks do not see each other.
                if (kind != FileLockKind.FlockShared || holder.HeldLock != FileLockKind.FlockShared)
                    return false;
            }
            file.HeldLock = kind;
            _locks.Remove(file);
            _locks.Add(file);
            return true;
        }
    }

    internal void Unlock(CrashFile file)
    {
        lock (_lock)
            _locks.Remove(file);
    }

    private void Delete(string path, bool isDirectory)
    {
        lock (_lock)
        {
            ThrowIfOff();
            if (_names.Exists(path) && _names.DirectoryExists(path) == isDirectory)
                Change(DiskOperationKind.Delete, path, 0, 0, () => _names.Remove(path));
        }
    }

    /// <summary>A change that happens whole or not at all; with a power cut it happened, but nothing says that it lasts.</summary>
    private void Change(DiskOperationKind kind, string path, long offset, long bytes, Action change)
    {
        DiskFault fault = Begin(kind, path, offset, bytes);
        if (fault is DiskFault.Error)
            throw InputOutputError(path);
        if (fault is DiskFault.NoSpace)
            throw NoSpace(path);
        if (kind != DiskOperationKind.SyncDirectory || !IsOff)
            change();
        ThrowIfOff();
    }

    private DiskFault Begin(DiskOperationKind kind, string path, long offset, long bytes)
    {
        ThrowIfOff();
        Operations++;
        DiskFault fault = Fault?.Invoke(new(Operations, kind, path, offset, bytes)) ?? DiskFault.None;
        if (fault == DiskFault.PowerCut)
            IsOff = true;
        return fault;
    }

    private long Used() => _names.Files.Distinct().Sum(static f => f.AllocatedBytes);

    private void ThrowIfOff()
    {
        if (IsOff)
            throw new PowerCutException();
    }

    private void RequireParent(string path)
    {
        if (!_names.DirectoryExists(DiskNames.ParentOf(path)))
            throw new DirectoryNotFoundException($"{path}: no such directory");
    }

    private static string Normalize(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, "/"));

    // The numbers are errno, as .NET reports them for a real disk on Linux.
    private static IOException NoSpace(string path) => new($"No space left on device : '{path}'", 28);

    private static IOException InputOutputError(string path) => new($"Input/output error : '{path}'", 5);
}
