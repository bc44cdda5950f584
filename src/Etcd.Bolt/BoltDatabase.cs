using Etcd.Bolt.Audit;
using Etcd.Bolt.Pages;
using Etcd.Foundation.Files;

namespace Etcd.Bolt;

/// <summary>One database file in bbolt's format: a tree of buckets with sorted keys, read through a memory map by any
/// number of transactions beside one that writes.</summary>
public sealed class BoltDatabase : IDisposable
{
    private readonly IFileSystem _files;
    private readonly DatabaseFile _file;
    private readonly BoltOptions _options;
    private readonly Views _views;
    private readonly DatabaseWriter? _writer;
    private int _isClosed;

    private BoltDatabase(IFileSystem files, DatabaseFile file, BoltOptions options)
    {
        _files = files;
        _file = file;
        _options = options;
        var view = new DatabaseView(file.Map(file.Meta.SizeBytes), file.Meta, file.Path);
        _views = new Views(view);
        try
        {
            _writer = options.ReadOnly ? null : new DatabaseWriter(file, _views, options);
        }
        catch
        {
            _views.Close();
            throw;
        }
    }

    /// <summary>Opens the file, creating it if it is missing or empty, and waits for its lock.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The file; its directory must exist.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellation">Ends the wait for the lock.</param>
    /// <exception cref="Foundation.CorruptException"><c>invalid database</c>, <c>version mismatch</c>, <c>checksum error</c>,
    /// <c>file size too small</c>, or a damaged tree.</exception>
    /// <exception cref="BoltException">The lock was not given up in time.</exception>
    public static BoltDatabase Open(IFileSystem files, string path, BoltOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new BoltOptions();
        options.Validate();
        DatabaseFile file = DatabaseFile.Open(files, path, options, cancellation);
        try
        {
            return new BoltDatabase(files, file, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Path => _file.Path;

    public int PageSizeBytes => _file.Meta.PageSizeBytes;

    /// <summary>High water mark times page size, as of the last commit.</summary>
    public long SizeBytes => _views.Current.Meta.SizeBytes;

    public BoltStatistics Statistics
    {
        get
        {
            Format.Meta meta = _views.Current.Meta;
            long free = _writer?.FreePageCount ?? 0;
            return new BoltStatistics(
                meta.SizeBytes,
                meta.SizeBytes - (free * meta.PageSizeBytes),
                free,
                _writer?.PendingPageCount ?? 0,
                _views.OpenReaders,
                meta.TransactionId);
        }
    }

    /// <summary>Starts reading the state of the last commit. Any thread; never waits for the writer.</summary>
    public BoltReadTransaction BeginRead() => new(_views.Enter());

    /// <summary>Starts the write transaction; waits while another one is open. Not bound to a thread.</summary>
    /// <exception cref="BoltException">The database is read-only, closed, or refuses writes after a failed sync.</exception>
    public BoltWriteTransaction BeginWrite()
    {
        DatabaseWriter writer = _writer ?? throw new BoltException(BoltError.DatabaseReadOnly);
        writer.Begin();
        return new BoltWriteTransaction(writer);
    }

    /// <summary>Audits the whole file: every page is reachable exactly once or free, ids, kinds and key order are right.</summary>
    /// <returns>One sentence per fault; empty if the file is sound. Waits for an open write transaction and keeps others out.</returns>
    public IReadOnlyList<string> Check(CancellationToken cancellation = default)
    {
        if (_writer is not null)
            return _writer.Between(view => new Auditor(view, _writer.Freelist, cancellation).Run());
        using BoltReadTransaction read = BeginRead();
        return new Auditor(read.View, null, cancellation).Run();
    }

    /// <summary>Copies every bucket, in order, into a new tightly packed file, which is complete and synced on return.</summary>
    /// <param name="path">A file that does not exist yet or is empty.</param>
    /// <param name="fillPercent">How full pages become, 0.1 to 1.</param>
    /// <param name="recordsPerCommit">Bounds the memory that the copy needs.</param>
    /// <param name="cancellation">Ends the copy; the caller deletes what there is of it.</param>
    public void CompactTo(string path, double fillPercent = 0.9, int recordsPerCommit = 10_000, CancellationToken cancellation = default)
    {
        using BoltReadTransaction source = BeginRead();
        var options = new BoltOptions
        {
            NoSync = true, // Synced once, at the end: half a copy is worth nothing anyway.
            NoFreelistSync = _options.NoFreelistSync,
            PageSizeBytes = PageSizeBytes,
            InitialMapBytes = source.SizeBytes,
        };
        using BoltDatabase target = Open(_files, path, options, cancellation);
        new Compaction(source, target, fillPercent, recordsPerCommit, cancellation).Run();
        target._file.File.Sync();
    }

    /// <summary>Waits for the write transaction, then gives up file and lock. Open read transactions stay readable.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) != 0)
            return;
        _writer?.Dispose();
        _views.Close();
        _file.Dispose();
    }
}
