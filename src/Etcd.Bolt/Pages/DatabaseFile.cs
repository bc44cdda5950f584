using System.Diagnostics;
using System.Numerics;
using System.Runtime.InteropServices;
using Etcd.Bolt.Format;
using Etcd.Foundation;
using Etcd.Foundation.Files;

namespace Etcd.Bolt.Pages;

/// <summary>The file of an open database: its lock, its two meta pages, its length and its maps.</summary>
internal sealed class DatabaseFile : IDisposable
{
    private const int InitialPages = 4;
    private const long SmallestMapBytes = 32 * 1024, LargestMapStepBytes = 1L << 30;
    private const long GrowthBytes = 16L * 1024 * 1024;
    private static readonly TimeSpan s_lockRetry = TimeSpan.FromMilliseconds(50);

    private readonly IFile _file;
    private readonly BoltOptions _options;
    private byte[] _metaPage = [];
    private long _length;

    private DatabaseFile(IFile file, BoltOptions options)
    {
        _file = file;
        _options = options;
    }

    public string Path => _file.Path;

    /// <summary>The state found at open.</summary>
    public Meta Meta { get; private set; }

    public IFile File => _file;

    /// <summary>Opens, locks, creates if empty, and finds the last committed state.</summary>
    public static DatabaseFile Open(IFileSystem files, string path, BoltOptions options, CancellationToken cancellation)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("pages are read in place and are little endian");
        IFile file = files.OpenFile(path, options.ReadOnly ? FileOpenMode.Read : FileOpenMode.OpenOrCreate);
        var database = new DatabaseFile(file, options);
        try
        {
            database.Lock(cancellation);
            if (!options.ReadOnly && database.IsUnfinished())
            {
                database.Create();
                if (!options.NoSync)
                    files.SyncDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) ?? "/");
            }
            database.ReadMeta();
            return database;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Maps the file.</summary>
    /// <param name="atLeastBytes">What must fit; the map is larger, so that the file may grow.</param>
    public MappedFile Map(long atLeastBytes)
    {
        long size = Math.Max(Math.Max(atLeastBytes, _options.InitialMapBytes), SmallestMapBytes);
        long rounded = size <= LargestMapStepBytes
            ? (long)BitOperations.RoundUpToPowerOf2((ulong)size)
            : (size + LargestMapStepBytes - 1) / LargestMapStepBytes * LargestMapStepBytes;
        return new MappedFile(_file.Map(rounded));
    }

    /// <summary>Makes the file long enough for a state, in steps, so that few commits change its length.</summary>
    /// <param name="mapBytes">Length of the current map: a small database grows to it, a large one by 16 MiB.</param>
    /// <returns>True if the length changed and must be made durable.</returns>
    public bool Grow(ulong highWater, long mapBytes)
    {
        long needed = ((long)highWater + 1) * Meta.PageSizeBytes;
        if (needed <= _length)
            return false;
        long length = mapBytes <= GrowthBytes ? Math.Max(mapBytes, needed) : needed + GrowthBytes;
        _file.SetLength(length);
        _length = length;
        return true;
    }

    public void WriteMeta(Meta meta)
    {
        meta.Write(_metaPage, meta.Slot);
        _file.Write((long)meta.Slot * meta.PageSizeBytes, _metaPage);
    }

    public void Dispose() => _file.Dispose();

    private void Lock(CancellationToken cancellation)
    {
        FileLockKind kind = _options.ReadOnly ? FileLockKind.FlockShared : FileLockKind.FlockExclusive;
        long start = Stopwatch.GetTimestamp();
        while (!_file.TryLock(kind))
        {
            TimeSpan waited = Stopwatch.GetElapsedTime(start);
            if (waited >= _options.LockTimeout)
                throw new BoltException(BoltError.LockTimeout);
            _options.WaitingForLock?.Invoke(waited);
            cancellation.WaitHandle.WaitOne(s_lockRetry);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Whether the file is new, or its creation was cut off before anything could be committed to it.</summary>
    /// <remarks>The first commit always makes the file longer than its four initial pages. So a file that is not longer and has
    /// no meta page yet holds nothing, provided the rest is also as <see cref="Create"/> may have left it.</remarks>
    private bool IsUnfinished()
    {
        long length = _file.Length;
        if (length == 0)
            return true;
        int pageSize = NewPageSize();
        if (length > InitialPages * pageSize || TryReadMeta(0, out _) || TryReadMeta(pageSize, out _))
            return false;
        byte[] found = new byte[InitialPages * pageSize];
        _file.Read(0, found);
        byte[] expected = InitialImage(pageSize);
        int metaBytes = 2 * pageSize;
        return !found.AsSpan(0, metaBytes).ContainsAnyExcept((byte)0) || found.AsSpan(metaBytes).SequenceEqual(expected.AsSpan(metaBytes));
    }

    /// <summary>Writes an empty database: both meta pages, an empty free list, an empty root.</summary>
    /// <remarks>The meta pages come last, so that a power cut leaves no valid meta page over a garbled tree.</remarks>
    private void Create()
    {
        byte[] image = InitialImage(NewPageSize());
        int metaBytes = image.Length / 2;
        _file.Write(metaBytes, image.AsSpan(metaBytes));
        Sync();
        _file.Write(0, image.AsSpan(0, metaBytes));
        Sync();
    }

    private static byte[] InitialImage(int pageSize)
    {
        byte[] image = new byte[InitialPages * pageSize];
        for (int slot = 0; slot < 2; slot++)
            new Meta(pageSize, new PageId(3), 0, new PageId(2), InitialPages, (ulong)slot).Write(image.AsSpan(slot * pageSize, pageSize), slot);
        MemoryMarshal.Write(image.AsSpan(2 * pageSize), new PageHeader(2, PageFormat.FreelistFlag, 0, 0));
        MemoryMarshal.Write(image.AsSpan(3 * pageSize), new PageHeader(3, PageFormat.LeafFlag, 0, 0));
        return image;
    }

    private void ReadMeta()
    {
        _length = _file.Length;
        int pageSize = FindPageSize(out string? firstFault);
        if (_length < 2 * pageSize)
            throw new CorruptException(Path, -1, $"file size too small {_length}");
        bool hasFirst = TryReadMeta(0, out Meta first);
        bool hasSecond = TryReadMeta(pageSize, out Meta second);
        if (!hasFirst && !hasSecond)
            throw new CorruptException(Path, 0, firstFault ?? "invalid database");
        Meta = hasFirst && (!hasSecond || first.TransactionId > second.TransactionId) ? first : second;
        if (Meta.HighWater < InitialPages || Meta.HighWater > (ulong)(_length / Meta.PageSizeBytes))
        {
            throw new CorruptException(
                Path,
                (long)Meta.Slot * pageSize,
                $"file size too small {_length}: the meta page counts {Meta.HighWater} pages of {Meta.PageSizeBytes} bytes");
        }
        _metaPage = new byte[Meta.PageSizeBytes];
    }

    /// <summary>Page size by the first meta page or, if that is damaged, by where the second one is found.</summary>
    private int FindPageSize(out string? firstFault)
    {
        Span<byte> page = stackalloc byte[Meta.Bytes];
        page.Clear();
        _file.Read(0, page);
        firstFault = Meta.Read(page, out Meta meta);
        if (firstFault is null)
            return meta.PageSizeBytes;
        for (int pageSize = PageFormat.MinPageSizeBytes; pageSize <= PageFormat.MaxPageSizeBytes; pageSize *= 2)
        {
            if (TryReadMeta(pageSize, out meta) && meta.PageSizeBytes == pageSize)
                return pageSize;
        }
        return Environment.SystemPageSize;
    }

    private bool TryReadMeta(long offset, out Meta meta)
    {
        Span<byte> page = stackalloc byte[Meta.Bytes];
        meta = default;
        return _file.Read(offset, page) == page.Length && Meta.Read(page, out meta) is null;
    }

    private int NewPageSize() => _options.PageSizeBytes == 0 ? Environment.SystemPageSize : _options.PageSizeBytes;

    private void Sync()
    {
        if (!_options.NoSync)
            _file.SyncData();
    }
}
