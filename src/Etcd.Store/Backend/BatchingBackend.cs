using Etcd.Bolt;
using Etcd.Foundation;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;

namespace Etcd.Store.Backend;

/// <summary>The database behind the state machine: collects writes in memory and commits them in batches, together with
/// the raft index that they belong to.</summary>
/// <remarks>
/// <code>
/// apply thread ── writes ──► active batch ── seal ──► sealed batches ── one transaction ──► pages
///                                │                        │                                  │
/// readers ◄──────────────── BackendView: pages of the last commit + every batch after it ────┘
/// </code>
/// Two locks, always in this order: <c>_committing</c>, held during a commit, and <c>_gate</c>, held for moments only. A batch is
/// sealed between entries, so an entry's writes and its index commit together or not at all. If the disk is full
/// the sealed batches simply stay.</remarks>
public sealed class BatchingBackend : IBackend, IDisposable
{
    private readonly IFileSystem _files;
    private readonly string _path;
    private readonly BackendOptions _options;
    private readonly TimeProvider _time;
    private readonly RecordMemory _recordMemory = new();
    private readonly Lock _committing = new();
    private readonly object _gate = new();
    private readonly List<PendingBatch> _sealed = [];
    private BoltDatabase _database;
    private PendingBatch _active = new();
    private CommittedPages _pages;
    private BackendView _view;
    private CommitThread? _thread;
    private LogPosition _position;
    private LogPosition _entry;
    private ConfState? _confState;
    private bool _confStateIsNew;
    private bool _inEntry;
    private int _entryThread;
    private int _sealersWaiting;
    private volatile BackendHealth _health;

    private BatchingBackend(IFileSystem files, string path, BackendOptions options, TimeProvider time)
    {
        _files = files;
        _path = path;
        _options = options;
        _time = time;
        _database = DatabaseSchema.Open(_files, _path, _options);
        _pages = new CommittedPages(_database.BeginRead());
        _view = new BackendView(_pages, [_active]);
        ReadPosition();
    }

    /// <summary>Index of the last entry whose effects are here, committed or not; 0 for a new database.</summary>
    public ulong ConsistentIndex
    {
        get
        {
            lock (_gate)
                return _position.Index;
        }
    }

    /// <summary>Term of that entry; 0 if unknown (written by etcd 3.4).</summary>
    public ulong ConsistentTerm
    {
        get
        {
            lock (_gate)
                return _position.Term;
        }
    }

    /// <summary>Raft membership as last stored with <see cref="SetConfState"/>; null if never (or a database of etcd 3.4).</summary>
    public ConfState? ConfState
    {
        get
        {
            lock (_gate)
                return _confState;
        }
    }

    public BackendHealth Health => _health;

    /// <summary>Size of the database as etcd reports it: allocated pages × page size. Quotas compare with this.</summary>
    public long SizeBytes => _database.SizeBytes;

    /// <summary><see cref="SizeBytes"/> without free pages.</summary>
    public long SizeInUseBytes => _database.Statistics.InUseBytes;

    /// <summary>Effective quota in bytes (2 GiB by default); <see cref="long.MaxValue"/> if switched off.</summary>
    public long QuotaBytes => _options.QuotaBytes switch
    {
        0 => BackendOptions.DefaultQuotaBytes,
        < 0 => long.MaxValue,
        _ => _options.QuotaBytes,
    };

    /// <summary>Read transactions open on the database file.</summary>
    public int OpenReaders => _database.Statistics.OpenReaders;

    /// <summary>Writes that no commit has made durable yet.</summary>
    public int PendingOperations
    {
        get
        {
            lock (_gate)
                return CountPending();
        }
    }

    /// <summary>So much is pending that <see cref="EndApply"/> waits, or would if there were a commit thread.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
                return IsFullNow();
        }
    }

    /// <summary>Opens or creates the database file and its ten buckets.</summary>
    /// <exception cref="CorruptException">The file is damaged.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static BatchingBackend Open(IFileSystem files, string path, BackendOptions options, TimeProvider time) => new(files, path, options, time);

    /// <summary>Starts the thread that commits every <see cref="BackendOptions.BatchInterval"/> or when the batch is full.
    /// Without it (simulator) the owner calls <see cref="CommitIfPending"/>.</summary>
    public void StartCommitThread()
    {
        Invariant.Holds(_thread is null, "the commit thread runs already");
        _thread = new CommitThread(this, _options, _gate);
    }

    /// <summary>Apply thread: the writes until <see cref="EndApply"/> belong to this raft entry.</summary>
    public void BeginApply(ulong index, ulong term)
    {
        lock (_gate)
        {
            Invariant.Holds(!_inEntry, $"entry {index} begins inside entry {_entry.Index}");
            Invariant.Holds(index > _position.Index, $"entry {index} is in the database already, which is at {_position.Index}");
            _entry = new LogPosition(index, term);
            _entryThread = Environment.CurrentManagedThreadId;
            _inEntry = true;
        }
    }

    /// <summary>Apply thread: the entry is complete; its writes and its index may be committed from now on. Waits for
    /// the disk if too much is pending.</summary>
    public void EndApply()
    {
        lock (_gate)
        {
            Invariant.Holds(_inEntry, "no entry is being applied");
            _inEntry = false;
            _position = _entry;
            if (_sealersWaiting > 0 || _active.Operations >= _options.BatchLimit)
                Monitor.PulseAll(_gate);
            while (_thread is not null && IsFullNow() && _health != BackendHealth.Failed)
                Monitor.Wait(_gate);
        }
    }

    /// <summary>Stores raft's membership with the next commit.</summary>
    public void SetConfState(ConfState state)
    {
        lock (_gate)
        {
            _confState = state;
            _confStateIsNew = true;
        }
    }

    /// <summary>Makes everything applied so far durable, also a mere move of the index.</summary>
    /// <returns>False if the disk has no room: nothing was lost, see <see cref="Health"/>.</returns>
    /// <exception cref="IOException">The commit failed for good.</exception>
    public bool CommitNow() => Commit(force: true, sweep: null, judge: null);

    /// <summary>As <see cref="CommitNow"/>, but does nothing if no write is pending: what the timer of a batch interval does.</summary>
    public bool CommitIfPending() => Commit(force: false, sweep: null, judge: null);

    /// <summary>CRC-32C over every bucket (Maintenance.Hash). Commits first.</summary>
    public uint Hash()
    {
        CommitNow();
        BackendView view = Pin();
        try
        {
            return BackendHash.Compute(view.Pages.Transaction);
        }
        finally
        {
            view.Unpin();
        }
    }

    /// <summary>Rewrites the file without holes. Reads and applying go on meanwhile; what is applied stays pending, so applying
    /// waits only if that becomes too much.</summary>
    /// <exception cref="IOException">The disk refuses, for example because it has no room for the copy; nothing changed then.</exception>
    public void Defragment()
    {
        lock (_committing)
        {
            if (!CommitLocked(force: true, sweep: null, judge: null))
                throw new IOException("defragmentation needs a commit, for which the disk has no room");
            ReplaceFile(WriteDefragmentedCopy());
        }
    }

    /// <summary>Puts another database file in the place of this one, as received from the leader. Everything that is pending
    /// is dropped. The rooms above have to read their state again. Apply thread, between entries.</summary>
    /// <param name="newFile">A complete database file in the same directory; renamed.</param>
    public void ReplaceDatabase(string newFile)
    {
        lock (_committing)
        {
            lock (_gate)
            {
                Invariant.Holds(!_inEntry, "the database cannot be replaced inside an entry");
                _sealed.Clear();
                _active = new PendingBatch();
                _confStateIsNew = false;
            }
            ReplaceFile(newFile);
            ReadPosition();
        }
    }

    /// <summary>A consistent copy of the whole file to stream; commits first, so it has everything applied so far.</summary>
    /// <exception cref="IOException">The disk has no room for that commit.</exception>
    public BackendSnapshot OpenSnapshot()
    {
        lock (_committing)
        {
            if (!CommitLocked(force: true, sweep: null, judge: null))
                throw new IOException("a snapshot needs a commit, for which the disk has no room");
            return new BackendSnapshot(_database.BeginRead());
        }
    }

    public void Put(Bucket bucket, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => Change(bucket, key, value);

    public void Delete(Bucket bucket, ReadOnlyMemory<byte> key) => Change(bucket, key, null);

    public ReadOnlyMemory<byte>? Get(Bucket bucket, ReadOnlyMemory<byte> key)
    {
        BackendView view = Pin();
        try
        {
            return view.Get(bucket, key);
        }
        finally
        {
            view.Unpin();
        }
    }

    public IReadOnlyList<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> Scan(Bucket bucket)
    {
        Invariant.Holds(bucket != Bucket.Key, "bucket key is too large to be listed");
        BackendView view = Pin();
        try
        {
            return view.List(bucket);
        }
        finally
        {
            view.Unpin();
        }
    }

    /// <summary>Commits and closes the file.</summary>
    public void Dispose()
    {
        _thread?.Stop();
        lock (_committing)
        {
            if (_health != BackendHealth.Failed && !_inEntry)
                CommitLocked(force: true, sweep: null, judge: null);
            _view.Unpin();
            _database.Dispose();
        }
    }

    // ---- for Mvcc ----

    /// <summary>Apply thread: memory for one record's value, to be filled and then appended.</summary>
    internal Memory<byte> TakeRecordMemory(int bytes) => _recordMemory.Take(bytes);

    /// <summary>Apply thread: adds a record that is newer than all others.</summary>
    internal void AppendRecord(Revision revision, bool tombstone, ReadOnlyMemory<byte> value) =>
        _active.AppendRecord(new Record(revision, tombstone, value));

    /// <summary>Pins the current view. Any thread; the caller unpins it.</summary>
    internal BackendView Pin()
    {
        while (true)
        {
            BackendView view = Volatile.Read(ref _view);
            if (view.TryPin())
                return view;
        }
    }

    /// <summary>Commits everything pending and, in the same transaction, deletes what the judge does not want to keep.</summary>
    /// <returns>False if the disk has no room: nothing was deleted.</returns>
    internal bool Sweep(RecordSweep sweep, IRecordJudge judge) => Commit(force: true, sweep, judge);

    /// <summary>Asks the commit thread not to wait for the interval.</summary>
    internal void RequestCommit() => _thread?.CommitSoon();

    // ---- committing ----

    private bool Commit(bool force, RecordSweep? sweep, IRecordJudge? judge)
    {
        lock (_committing)
            return CommitLocked(force, sweep, judge);
    }

    private bool CommitLocked(bool force, RecordSweep? sweep, IRecordJudge? judge)
    {
        if (_health == BackendHealth.Failed)
            throw new IOException("the database refuses commits after one failed");
        (PendingBatch[] batches, LogPosition position, ConfState? confState) = Seal();
        if (batches.Length == 0 && confState is null && !force)
            return true;
        try
        {
            CommitReport report = WriteTransaction(batches, position, confState, sweep, judge);
            _options.Observer?.Committed(report);
            ShowCommitted(batches.Length, confState);
            _health = BackendHealth.Ok;
            return true;
        }
        catch (IOException full) when (DiskErrors.IsNoSpace(full))
        {
            _health = BackendHealth.OutOfSpace;
            _options.Observer?.OutOfSpace(full);
            return false;
        }
        catch (Exception failure)
        {
            Fail(failure);
            throw;
        }
    }

    private CommitReport WriteTransaction(PendingBatch[] batches, LogPosition position, ConfState? confState, RecordSweep? sweep, IRecordJudge? judge)
    {
        long started = _time.GetTimestamp();
        using BoltWriteTransaction transaction = _database.BeginWrite();
        int operations = CommitWriter.Write(transaction, batches);
        sweep?.Run(transaction, judge!);
        CommitWriter.WritePosition(transaction, position, confState);
        BoltCommitTimes times = transaction.Commit();
        return new CommitReport(operations + (sweep?.Deleted ?? 0), _time.GetElapsedTime(started), times.Rebalance, times.Spill, times.Write);
    }

    private (PendingBatch[] Batches, LogPosition Position, ConfState? ConfState) Seal()
    {
        lock (_gate)
        {
            Invariant.Holds(!_inEntry || _entryThread != Environment.CurrentManagedThreadId, "a commit inside an entry would wait for itself");
            _sealersWaiting++;
            while (_inEntry)
                Monitor.Wait(_gate);
            _sealersWaiting--;
            if (_active.Operations > 0)
            {
                _sealed.Add(_active);
                _active = new PendingBatch();
                ShowView(_pages);
            }
            return ([.. _sealed], _position, _confStateIsNew ? _confState : null);
        }
    }

    private void ShowCommitted(int batches, ConfState? confState)
    {
        var pages = new CommittedPages(_database.BeginRead());
        lock (_gate)
        {
            _sealed.RemoveRange(0, batches);
            if (ReferenceEquals(confState, _confState))
                _confStateIsNew = false;
            ShowView(pages);
            Monitor.PulseAll(_gate);
        }
    }

    // Under _gate: readers that come from now on see these pages and all batches.
    private void ShowView(CommittedPages pages)
    {
        BackendView old = _view;
        _pages = pages;
        Volatile.Write(ref _view, new BackendView(pages, [.. _sealed, _active]));
        old.Unpin();
    }

    private void Fail(Exception failure)
    {
        _health = BackendHealth.Failed;
        lock (_gate)
            Monitor.PulseAll(_gate);
        _options.Observer?.Failed(failure);
    }

    private void Change(Bucket bucket, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value)
    {
        Invariant.Holds(bucket != Bucket.Key, "records of bucket key are only appended");
        if (_inEntry)
        {
            _active.Change(bucket, key, value);
            return;
        }
        lock (_gate) // Set-up work before entries are applied.
            _active.Change(bucket, key, value);
    }

    private int CountPending()
    {
        int operations = _active.Operations;
        foreach (PendingBatch batch in _sealed)
            operations += batch.Operations;
        return operations;
    }

    private bool IsFullNow()
    {
        long bytes = _active.Bytes;
        foreach (PendingBatch batch in _sealed)
            bytes += batch.Bytes;
        return bytes >= _options.MaxPendingBytes || CountPending() >= _options.MaxPendingOperations;
    }

    // ---- the file ----

    private void ReadPosition() => (_position, _confState) = DatabaseSchema.ReadPosition(_pages, _path);

    private string WriteDefragmentedCopy()
    {
        string copy = _path + ".tmp.defrag";
        try
        {
            _files.DeleteFile(copy);
            _database.CompactTo(copy);
            return copy;
        }
        catch
        {
            _files.DeleteFile(copy);
            throw;
        }
    }

    // The old file's pages stay readable for those who pinned a view of it.
    private void ReplaceFile(string newFile)
    {
        try
        {
            _files.Rename(newFile, _path);
            _files.SyncDirectory(Path.GetDirectoryName(_path)!);
            BoltDatabase old = _database;
            _database = DatabaseSchema.Open(_files, _path, _options);
            old.Dispose();
            lock (_gate)
                ShowView(new CommittedPages(_database.BeginRead()));
        }
        catch (Exception failure)
        {
            Fail(failure); // Which of the two files is there now is unknown.
            throw;
        }
    }
}
