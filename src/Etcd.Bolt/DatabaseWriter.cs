using System.Diagnostics;
using Etcd.Bolt.Format;
using Etcd.Bolt.Pages;
using Etcd.Bolt.Tree;

namespace Etcd.Bolt;

/// <summary>The side of an open database that changes the file: hands out the one write transaction and commits it.</summary>
/// <remarks>
/// Order of a commit: merge, split and place pages; make the file long enough; write data pages; sync; write the meta page;
/// sync. Up to the first sync nothing that the old meta page refers to has been touched, so a failure leaves the old state
/// and the database goes on. From then on a failure leaves the disk in a state that only a reopen can tell: the database
/// refuses further writes.
/// </remarks>
internal sealed unsafe class DatabaseWriter : IDisposable
{
    private readonly DatabaseFile _file;
    private readonly Views _views;
    private readonly BoltOptions _options;
    private readonly Freelist _freelist;
    private readonly PageWriter _pageWriter;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private bool _isPoisoned;
    private bool _isClosed;
    private long _freePages;
    private long _pendingPages;

    public DatabaseWriter(DatabaseFile file, Views views, BoltOptions options)
    {
        _file = file;
        _views = views;
        _options = options;
        _freelist = FreePages.Load(views.Current);
        _pageWriter = new PageWriter(file.File, file.Meta.PageSizeBytes);
        Plan = new PagePlan(_freelist);
        NoteCounts();
    }

    public PagePlan Plan { get; }

    public Arena Arena { get; } = new();

    public Freelist Freelist => _freelist;

    /// <summary>Free pages at the end of the last write transaction. Any thread.</summary>
    public long FreePageCount => Volatile.Read(ref _freePages);

    /// <inheritdoc cref="FreePageCount"/>
    public long PendingPageCount => Volatile.Read(ref _pendingPages);

    /// <summary>Waits for the turn to write.</summary>
    public void Begin()
    {
        Enter();
        try
        {
            if (_isPoisoned)
                throw new BoltException(BoltError.DatabasePoisoned);
            Plan.Begin(_views.Current, _views.OlderReaders());
        }
        catch
        {
            Leave();
            throw;
        }
    }

    /// <summary>Commits what was done since <see cref="Begin"/>; the turn is over whatever happens.</summary>
    public BoltCommitTimes Commit(BoltWriteBucket root)
    {
        DatabaseView? next = null;
        try
        {
            long start = Stopwatch.GetTimestamp();
            root.Balance();
            TimeSpan rebalance = Stopwatch.GetElapsedTime(start);

            long spillStart = Stopwatch.GetTimestamp();
            PageId rootPage = root.SpillRoot();
            TimeSpan spill = Stopwatch.GetElapsedTime(spillStart);

            long writeStart = Stopwatch.GetTimestamp();
            PageId freelistPage = PlaceFreelist();
            Meta meta = Plan.Base.Meta with
            {
                Root = rootPage,
                Freelist = freelistPage,
                HighWater = Plan.HighWater,
                TransactionId = Plan.TransactionId,
            };
            next = new DatabaseView(MapFor(meta), meta, _file.Path);
            _file.Grow(meta.HighWater, next.Mapping.Length); // Durable with the pages: their sync covers the length.
            long pages = Plan.PageCount;
            _pageWriter.Write(Plan.Images());
            TimeSpan syncPages = Sync();
            WriteMeta(meta);
            TimeSpan syncMeta = Sync();
            TimeSpan write = Stopwatch.GetElapsedTime(writeStart);

            Plan.Commit();
            _views.Publish(next);
            next = null;
            End();
            var times = new BoltCommitTimes(rebalance, spill, write, syncPages, syncMeta, pages);
            Leave();
            return times;
        }
        catch
        {
            next?.Retire();
            Rollback();
            throw;
        }
    }

    /// <summary>Forgets what was done since <see cref="Begin"/> and ends the turn.</summary>
    public void Rollback()
    {
        Plan.Rollback();
        End();
        Leave();
    }

    /// <summary>Runs something between two write transactions.</summary>
    public T Between<T>(Func<DatabaseView, T> action)
    {
        Enter();
        try
        {
            return action(_views.Current);
        }
        finally
        {
            Leave();
        }
    }

    public void Dispose()
    {
        _turn.Wait();
        if (!_isClosed)
        {
            _isClosed = true;
            _pageWriter.Dispose();
            Arena.Dispose();
        }
        _turn.Release(); // Whoever waits for a turn gets it and learns that the database is closed.
    }

    private void Enter()
    {
        _turn.Wait();
        if (!_isClosed)
            return;
        _turn.Release();
        throw new BoltException(BoltError.DatabaseNotOpen);
    }

    private void Leave() => _turn.Release();

    private void End()
    {
        Arena.Reset();
        NoteCounts();
    }

    private void NoteCounts()
    {
        Volatile.Write(ref _freePages, _freelist.FreePages);
        Volatile.Write(ref _pendingPages, _freelist.PendingPages);
    }

    /// <summary>Gives the stored free list up and, if lists are to be stored, places the new one.</summary>
    private PageId PlaceFreelist()
    {
        DatabaseView old = Plan.Base;
        if (old.Meta.Freelist != PageId.NoFreelist)
            Plan.GiveUp(old.Meta.Freelist, (uint)(FreePages.StoredListPages(old) - 1));
        if (_options.NoFreelistSync)
            return PageId.NoFreelist;
        // Placing the list takes pages from it, so it can only become shorter than planned.
        long pages = (_freelist.StoredBytes / old.Meta.PageSizeBytes) + 1;
        PageId id = Plan.Take(pages);
        long bytes = pages * old.Meta.PageSizeBytes;
        byte* raw = Arena.Take(bytes);
        var page = new Span<byte>(raw, checked((int)bytes));
        page.Clear();
        _freelist.Store(page, id, (uint)(pages - 1));
        Plan.Add(new PageImage(id, pages, raw));
        return id;
    }

    /// <summary>A share of the current map or, if the state outgrew it, of a new one. Open readers keep the old one.</summary>
    private MappedFile MapFor(Meta meta)
    {
        MappedFile current = Plan.Base.Mapping;
        long needed = meta.SizeBytes + meta.PageSizeBytes;
        return needed <= current.Length ? current.Share() : _file.Map(Math.Max(needed, current.Length + 1));
    }

    private void WriteMeta(Meta meta)
    {
        try
        {
            _file.WriteMeta(meta);
        }
        catch
        {
            // It may be on the disk whole. Going on would overwrite pages that it refers to.
            _isPoisoned = true;
            throw;
        }
    }

    private TimeSpan Sync()
    {
        if (_options.NoSync)
            return TimeSpan.Zero;
        long start = Stopwatch.GetTimestamp();
        try
        {
            _file.File.SyncData();
        }
        catch
        {
            _isPoisoned = true; // Never retried: the kernel may have dropped the pages and would call the next sync a success.
            throw;
        }
        return Stopwatch.GetElapsedTime(start);
    }
}
