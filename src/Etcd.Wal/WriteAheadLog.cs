using System.Globalization;
using Etcd.Foundation;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;
using Etcd.Wal.Records;
using Etcd.Wal.Segments;

namespace Etcd.Wal;

/// <summary>The member's log on disk, open for appending: what <see cref="Save"/> returned for survives a crash.</summary>
/// <remarks>Thread-safe; calls run one after the other and block while the disk works. After one failed write or sync every later call
/// throws <see cref="WalFailedException"/> and nothing is retried: the kernel may have dropped the pages that it could not write, so the
/// member must stop and start again from what is on disk.</remarks>
public sealed class WriteAheadLog : IDisposable
{
    // Larger batches go to the file in pieces, so that the buffer stays small.
    private const int WriteBytes = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly IFileSystem _files;
    private readonly string _directory;
    private readonly WalOptions _options;
    private readonly byte[] _metadata;
    private readonly SegmentSet _segments;
    private readonly SegmentPipeline _pipeline;
    private readonly RecordWriter _records;

    // What was appended last, written or not. An entry may replace earlier ones, so the index can go back.
    private ulong _lastIndex;
    private HardState _state;
    // End of what was written to the tail; _records.Pending comes next.
    private long _tailOffset;
    private WalFailedException? _failure;
    private bool _isDisposed;

    private WriteAheadLog(
        IFileSystem files, string directory, byte[] metadata, WalOptions options, SegmentSet segments, uint crc, long tailOffset)
    {
        _files = files;
        _directory = directory;
        _metadata = metadata;
        _options = options;
        _segments = segments;
        _tailOffset = tailOffset;
        _records = new RecordWriter(crc);
        _pipeline = new SegmentPipeline(files, directory, options.SegmentBytes, options.PreparesSegmentsInBackground);
        Dialect = options.Dialect;
    }

    /// <summary>Whose bytes the next records are written with; the owner changes it with the cluster version.</summary>
    public WireDialect Dialect { get; set; }

    /// <summary>Whether a directory holds a log, i.e. any <c>*.wal</c>.</summary>
    public static bool Exists(IFileSystem files, string directory) => SegmentDirectory.HasLog(files, directory);

    /// <summary>Creates an empty log: it is there completely or not at all.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">Created together with its parents. A directory without a log in it is replaced.</param>
    /// <param name="metadata">Repeated in every segment, normally <see cref="MemberMetadata.Encode"/>.</param>
    /// <param name="options">How to write.</param>
    /// <exception cref="WalException"><see cref="WalError.AlreadyExists"/>.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public static WriteAheadLog Create(IFileSystem files, string directory, ReadOnlySpan<byte> metadata, WalOptions options)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (Exists(files, directory))
            throw new WalException(WalError.AlreadyExists, $"file already exists: {directory} holds a WAL");
        string parent = Path.GetDirectoryName(directory) ?? directory;
        string temporary = directory + ".tmp";
        CreateDirectories(files, parent);
        files.DeleteDirectory(temporary);
        files.CreateDirectory(temporary);
        var name = new SegmentName(0, 0);
        IFile file = files.OpenFile(Path.Combine(temporary, name.ToString()), FileOpenMode.OpenOrCreate);
        var segments = new SegmentSet();
        segments.Add(new Segment(file, name, Path.Combine(directory, name.ToString())));
        WriteAheadLog log = new(files, directory, metadata.ToArray(), options, segments, crc: 0, tailOffset: 0);
        try
        {
            if (!file.TryLock(FileLockKind.OpenFileDescription))
                throw new WalException(WalError.Locked, $"fileutil: file already locked: another process is creating {directory}");
            file.Preallocate(options.SegmentBytes);
            log.AppendHeader();
            log._records.AppendSnapshot(new WalSnapshot(0, 0));
            log.WritePending();
            log.SyncTail();
            files.SyncDirectory(temporary);
            files.DeleteDirectory(directory);
            files.Rename(temporary, directory);
            SyncParent(files, directory, parent, options.Time);
            log._pipeline.Prepare();
            return log;
        }
        catch
        {
            log.Dispose();
            files.DeleteDirectory(temporary);
            throw;
        }
    }

    /// <summary>Opens a log for appending: locks it, reads it from a snapshot on, repairs a torn tail.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">Where the log is.</param>
    /// <param name="start">One of <see cref="WalReader.ValidSnapshots"/>, or index and term 0 for all of it.</param>
    /// <param name="options">How to write.</param>
    /// <exception cref="WalException">No log, no such snapshot in it, or somebody else writes it.</exception>
    /// <exception cref="CorruptException">A record is damaged in a way that a power cut does not explain.</exception>
    /// <exception cref="IOException">The disk refused.</exception>
    public static WalRecovery Open(IFileSystem files, string directory, in WalSnapshot start, WalOptions options)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        var segmentDirectory = new SegmentDirectory(files, directory);
        (SegmentName[] names, string[] ignored) = segmentDirectory.List();
        foreach (int first in segmentDirectory.StartCandidates(names, start.Index))
        {
            SegmentSet segments = segmentDirectory.OpenForWrite(names.AsSpan(first));
            WalRecovery? recovery = null;
            try
            {
                var reader = new RecordReader(segments.Items);
                var replay = new LogReplay(start, keepsEntries: true);
                replay.Run(reader);
                // Compat: etcd loses this error when it opens for writing and would start without the snapshot's position.
                if (replay.HasStart)
                    recovery = Recover(files, directory, segments, reader, replay, ignored, options);
            }
            finally
            {
                if (recovery is null)
                    segments.Dispose();
            }
            if (recovery is not null)
                return recovery;
        }
        throw WalReader.SnapshotNotFound(directory, start);
    }

    /// <summary>Appends entries and the hard state as one batch: one write and, if it matters, one sync.</summary>
    /// <param name="state">Empty if it did not change. A new commit index alone is not synced, and may not even be written yet:
    /// losing it costs nothing.</param>
    /// <param name="entries">Ascending by one; the first may replace an entry that was saved before, but not leave a gap.</param>
    /// <exception cref="WalFailedException">The disk failed, now or earlier.</exception>
    public void Save(in HardState state, ReadOnlySpan<Entry> entries)
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            if (entries.IsEmpty && state.IsEmpty)
                return;
            CheckContinuous(entries);
            bool mustSync = !entries.IsEmpty || state.Vote != _state.Vote || state.Term != _state.Term;
            try
            {
                AppendBatch(state, entries);
                if (_tailOffset + _records.Pending.Length >= _options.SegmentBytes)
                    Cut();
                else if (mustSync)
                    WriteAndSync();
            }
            catch (Exception e)
            {
                throw Fail(e);
            }
        }
    }

    /// <summary>Records that a snapshot exists; its file must be durable before. Synced at once.</summary>
    /// <exception cref="WalFailedException">The disk failed, now or earlier.</exception>
    public void SaveSnapshot(in WalSnapshot snapshot)
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            try
            {
                _records.AppendSnapshot(snapshot);
                _lastIndex = Math.Max(_lastIndex, snapshot.Index);
                WriteAndSync();
            }
            catch (Exception e)
            {
                throw Fail(e);
            }
        }
    }

    /// <summary>Writes and syncs what is pending, e.g. a last commit index before a clean stop.</summary>
    /// <exception cref="WalFailedException">The disk failed, now or earlier.</exception>
    public void Sync()
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            try
            {
                WriteAndSync();
            }
            catch (Exception e)
            {
                throw Fail(e);
            }
        }
    }

    /// <summary>Unlocks the segments that a start from a snapshot at <paramref name="index"/> does not need, so that
    /// <see cref="FilePurge"/> may delete them.</summary>
    public void ReleaseLockTo(ulong index)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _segments.ReleaseTo(index);
        }
    }

    /// <summary>Closes and unlocks all files. Writes nothing: call <see cref="Sync"/> first for a clean stop.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            _pipeline.Dispose();
            _segments.Dispose();
        }
    }

    private static WalRecovery Recover(
        IFileSystem files,
        string directory,
        SegmentSet segments,
        RecordReader reader,
        LogReplay replay,
        string[] ignored,
        WalOptions options)
    {
        WalRepair? repair = null;
        DiscardedTail? discarded = null;
        if (reader.Torn is not null)
            repair = TailRepair.CutTorn(files, segments.Tail, reader.Torn, options.SegmentBytes);
        else
            discarded = TailRepair.ZeroFrom(segments.Tail, reader.EndOffset);
        var log = new WriteAheadLog(
            files, directory, replay.Metadata ?? [], options, segments, reader.Crc, reader.EndOffset)
        {
            _state = replay.HardState,
            _lastIndex = replay.LastIndex,
        };
        // A process that was killed may have left records that only the page cache has. From here on others may be told about them.
        log.SyncTail();
        files.SyncDirectory(directory);
        log._pipeline.Prepare();
        return new WalRecovery(log, WalReader.Contents(replay, torn: null, ignored)) { Repair = repair, Discarded = discarded };
    }

    private void CheckContinuous(ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty)
            return;
        ulong first = entries[0].Index;
        Invariant.Holds(
            first > 0 && first <= _lastIndex + 1,
            $"WAL entry {first} leaves a gap behind {_lastIndex}: the log could not be read again");
        for (int i = 1; i < entries.Length; i++)
            Invariant.Holds(entries[i].Index == first + (ulong)i, $"WAL entry {entries[i].Index} is saved where {first + (ulong)i} is due");
    }

    private void AppendBatch(in HardState state, ReadOnlySpan<Entry> entries)
    {
        WireDialect dialect = Dialect;
        foreach (ref readonly Entry entry in entries)
        {
            _records.AppendEntry(entry, dialect);
            _lastIndex = entry.Index;
            WriteIfLarge();
        }
        if (state.IsEmpty)
            return;
        _records.AppendState(state);
        _state = state;
        WriteIfLarge();
    }

    private void WriteIfLarge()
    {
        if (_records.Pending.Length >= WriteBytes)
            WritePending();
    }

    private void AppendHeader()
    {
        _records.AppendCrc();
        _records.AppendMetadata(_metadata);
        if (!_state.IsEmpty)
            _records.AppendState(_state);
    }

    /// <summary>Closes the tail exactly behind its last record and begins the next segment.</summary>
    private void Cut()
    {
        Segment full = _segments.Tail;
        WritePending();
        if (full.File.Length > _tailOffset)
            full.File.SetLength(_tailOffset);
        SyncTail();

        var name = new SegmentName(full.Name.Sequence + 1, _lastIndex + 1);
        string path = Path.Combine(_directory, name.ToString());
        IFile file = _pipeline.Take();
        _segments.Add(new Segment(file, name, path));
        _tailOffset = 0;
        AppendHeader();
        WritePending();
        SyncTail(); // A segment has its final name only when its header is durable.
        _files.Rename(file.Path, path);
        _files.SyncDirectory(_directory);
        _pipeline.Prepare();
        _options.SegmentCreated?.Invoke(path);
    }

    private void WriteAndSync()
    {
        WritePending();
        SyncTail();
    }

    private void WritePending()
    {
        ReadOnlySpan<byte> pending = _records.Pending;
        if (pending.IsEmpty)
            return;
        int bytes = pending.Length;
        try
        {
            _segments.Tail.File.Write(_tailOffset, pending);
        }
        catch (IOException)
        {
            RemoveHalfWritten();
            throw;
        }
        _tailOffset += bytes;
        _records.Clear();
        _options.Written?.Invoke(bytes);
    }

    // So that the next start need not repair, which takes room for a copy: the disk is probably full.
    private void RemoveHalfWritten()
    {
        try
        {
            _segments.Tail.File.SetLength(_tailOffset);
        }
        catch (IOException)
        {
            // The next start finds a torn record behind the acknowledged ones, as after a power cut.
        }
    }

    private void SyncTail()
    {
        if (_options.NoFsync)
            return;
        long started = _options.Time.GetTimestamp();
        _segments.Tail.File.SyncData();
        _options.Synced?.Invoke(_options.Time.GetElapsedTime(started));
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_failure is not null)
            throw new WalFailedException(_failure.Message, _failure.IsNoSpace, _failure);
    }

    // Whatever went wrong: half a batch may be encoded or written, so nothing may follow it.
    private WalFailedException Fail(Exception cause)
    {
        bool isNoSpace = DiskErrors.IsNoSpace(cause);
        string advice = isNoSpace ? "; the disk is full" : "";
        return _failure = new WalFailedException(
            $"writing the WAL failed in {_segments.Tail.Path} at offset {_tailOffset}{advice}: {cause.Message}", isNoSpace, cause);
    }

    private static void CreateDirectories(IFileSystem files, string directory)
    {
        if (files.DirectoryExists(directory))
            return;
        if (Path.GetDirectoryName(directory) is { } parent)
            CreateDirectories(files, parent);
        files.CreateDirectory(directory);
    }

    // Without a durable name the log is not there after a power cut, while other members may already count on it: set it aside.
    private static void SyncParent(IFileSystem files, string directory, string parent, TimeProvider time)
    {
        try
        {
            files.SyncDirectory(parent);
        }
        catch (IOException)
        {
            string stamp = time.GetLocalNow().ToString("yyyyMMdd.HHmmss.ffffff", CultureInfo.InvariantCulture);
            files.Rename(directory, $"{directory}.broken.{stamp}");
            throw;
        }
    }
}
