using System.Globalization;
using Etcd.Foundation;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;

namespace Etcd.Wal.Snapshots;

/// <summary>A snapshot file that could not be read.</summary>
/// <param name="Path">Where it was.</param>
/// <param name="BrokenPath">Where it is now; null if it could not be renamed.</param>
/// <param name="Error">etcd's text and what was found.</param>
public sealed record BrokenSnapshot(string Path, string? BrokenPath, string Error);

/// <summary>What <see cref="SnapshotDirectory.LoadNewest"/> found.</summary>
/// <param name="Snapshot">Null if there is none that can be read and that the log vouches for; no error at start.</param>
/// <param name="Broken">Files that were set aside on the way; etcd warns about each.</param>
/// <param name="UnexpectedFiles">Names that do not belong there (etcd: <c>found unexpected non-snap file; skipping</c>).</param>
public sealed record SnapshotLoad(Snapshot? Snapshot, IReadOnlyList<BrokenSnapshot> Broken, IReadOnlyList<string> UnexpectedFiles);

/// <summary>The files of <c>member/snap</c> other than the database itself.</summary>
/// <remarks><code>
/// %016x-%016x.snap    term, index    the state as raft's snapshot sees it
/// %016x.snap.db       index          a whole database received from the leader
/// tmp…                               one of the two while it is being written; removed at start
/// db.tmp.…                           left by an interrupted defragmentation; removed at start
/// </code>
/// Thread-safe as long as one thread at a time saves.</remarks>
public sealed class SnapshotDirectory(IFileSystem files, string directory)
{
    private const string SnapSuffix = ".snap", DatabaseSuffix = ".snap.db", BrokenSuffix = ".broken";
    private const string TemporaryPrefix = "tmp", DefragmentPrefix = "db.tmp", Database = "db";

    private long _temporaryNames;

    /// <summary>Removes what an interrupted download or defragmentation left.</summary>
    /// <returns>The paths removed.</returns>
    public IReadOnlyList<string> RemoveLeftovers()
    {
        List<string> removed = [];
        foreach (string name in files.List(directory))
        {
            if (!name.StartsWith(TemporaryPrefix, StringComparison.Ordinal) && !name.StartsWith(DefragmentPrefix, StringComparison.Ordinal))
                continue;
            string path = Path.Combine(directory, name);
            files.DeleteFile(path);
            removed.Add(path);
        }
        return removed;
    }

    /// <summary>Writes a snapshot file; durable when this returns. Its record in the log comes after, so that a file without a record
    /// is never chosen.</summary>
    /// <returns>The path; null for an empty snapshot, of which none is kept.</returns>
    /// <exception cref="IOException">The disk refused; no half file is left under the final name.</exception>
    public string? Save(Snapshot snapshot)
    {
        if (snapshot.IsEmpty)
            return null;
        byte[] bytes = SnapshotFileCodec.Encode(snapshot);
        string path = Path.Combine(directory, $"{snapshot.Metadata.Term:x16}-{snapshot.Metadata.Index:x16}{SnapSuffix}");
        string temporary = NextTemporaryPath();
        try
        {
            using (IFile file = files.OpenFile(temporary, FileOpenMode.Truncate, FilePermissions.Shared))
            {
                file.Write(0, bytes);
                file.Sync();
            }
            files.Rename(temporary, path);
            files.SyncDirectory(directory);
            return path;
        }
        catch
        {
            files.DeleteFile(temporary);
            throw;
        }
    }

    /// <summary>Reads the newest snapshot that the log vouches for. Files that cannot be read are renamed to <c>….broken</c>, and the
    /// next one is tried.</summary>
    /// <param name="valid">From <see cref="WalReader.ValidSnapshots"/>; null accepts every readable file.</param>
    public SnapshotLoad LoadNewest(IReadOnlyList<WalSnapshot>? valid)
    {
        List<BrokenSnapshot> broken = [];
        List<string> unexpected = [];
        List<string> names = [];
        foreach (string name in files.List(directory))
        {
            if (name.EndsWith(SnapSuffix, StringComparison.Ordinal))
                names.Add(name);
            else if (name != Database && !name.EndsWith(DatabaseSuffix, StringComparison.Ordinal))
                unexpected.Add(name);
        }
        names.Sort(StringComparer.Ordinal);
        for (int i = names.Count - 1; i >= 0; i--)
        {
            string path = Path.Combine(directory, names[i]);
            try
            {
                Snapshot snapshot = SnapshotFileCodec.Read(path, ReadFile(path));
                if (valid is null || valid.Any(v => v.Index == snapshot.Metadata.Index && v.Term == snapshot.Metadata.Term))
                    return new SnapshotLoad(snapshot, broken, unexpected);
            }
            catch (CorruptException e)
            {
                broken.Add(SetAside(path, e.Reason));
            }
        }
        return new SnapshotLoad(null, broken, unexpected);
    }

    /// <summary>Where the database that belongs to a received snapshot is.</summary>
    public string DatabasePath(ulong index) => Path.Combine(directory, $"{index:x16}{DatabaseSuffix}");

    /// <summary>Begins to receive a database from the leader.</summary>
    public IncomingDatabase ReceiveDatabase() => new(files, this, NextTemporaryPath());

    /// <summary>Deletes received databases older than a snapshot: they were installed or overtaken.</summary>
    /// <returns>The paths deleted.</returns>
    public IReadOnlyList<string> ReleaseDatabases(ulong snapshotIndex)
    {
        List<string> released = [];
        foreach (string name in files.List(directory))
        {
            if (!TryParseDatabase(name, out ulong index) || index >= snapshotIndex)
                continue;
            string path = Path.Combine(directory, name);
            files.DeleteFile(path);
            released.Add(path);
        }
        return released;
    }

    private static bool TryParseDatabase(string name, out ulong index)
    {
        index = 0;
        if (!name.EndsWith(DatabaseSuffix, StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> digits = name.AsSpan(0, name.Length - DatabaseSuffix.Length);
        return ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out index);
    }

    internal void SyncDirectory() => files.SyncDirectory(directory);

    private string NextTemporaryPath() => Path.Combine(directory, $"{TemporaryPrefix}{Interlocked.Increment(ref _temporaryNames)}");

    private byte[] ReadFile(string path)
    {
        using IFile file = files.OpenFile(path, FileOpenMode.Read);
        long length = file.Length;
        if (length > Array.MaxLength)
            throw new CorruptException(path, -1, $"snap: the file is {length} bytes long");
        byte[] bytes = new byte[length];
        int read = file.Read(0, bytes);
        return read == bytes.Length ? bytes : throw new CorruptException(path, read, "snap: the file shrank while it was read");
    }

    private BrokenSnapshot SetAside(string path, string error)
    {
        string brokenPath = path + BrokenSuffix;
        try
        {
            files.Rename(path, brokenPath);
            return new BrokenSnapshot(path, brokenPath, error);
        }
        catch (IOException)
        {
            return new BrokenSnapshot(path, null, error); // Said to the caller; the next file is tried all the same.
        }
    }
}
