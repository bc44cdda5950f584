using Etcd.Foundation.Files;

namespace Etcd.Wal;

/// <summary>Which files of a directory one purge is about; etcd runs one per kind every 30 s.</summary>
/// <param name="Suffix">End of the names.</param>
/// <param name="MustLock">A file that somebody, perhaps this member, holds locked is still needed.</param>
public sealed record PurgeKind(string Suffix, bool MustLock)
{
    /// <summary>Log segments (<c>--max-wals</c>).</summary>
    public static PurgeKind Segments { get; } = new(".wal", MustLock: true);

    /// <summary>Snapshot files (<c>--max-snapshots</c>).</summary>
    public static PurgeKind Snapshots { get; } = new(".snap", MustLock: false);

    /// <summary>Databases received from a leader (<c>--max-snapshots</c>).</summary>
    public static PurgeKind Databases { get; } = new(".snap.db", MustLock: false);
}

/// <summary>What one round of purging did.</summary>
/// <param name="Deleted">Paths, oldest first; etcd logs <c>purged</c> for each.</param>
/// <param name="BlockedBy">The locked file that ended the round (etcd warns <c>failed to lock file</c>), or null.</param>
public sealed record PurgeResult(IReadOnlyList<string> Deleted, string? BlockedBy);

/// <summary>Deletes the oldest files of a kind.</summary>
public static class FilePurge
{
    /// <summary>Runs one round. The owner calls it; there is no clock here.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="directory">Where the files are.</param>
    /// <param name="kind">Which files.</param>
    /// <param name="maxFiles">How many may stay; 0 keeps all.</param>
    /// <exception cref="IOException">The disk refused.</exception>
    public static PurgeResult Run(IFileSystem files, string directory, PurgeKind kind, int maxFiles)
    {
        List<string> deleted = [];
        if (maxFiles <= 0)
            return new PurgeResult(deleted, null);
        List<string> names = [.. files.List(directory).Where(name => name.EndsWith(kind.Suffix, StringComparison.Ordinal))];
        for (int i = 0; i < names.Count - maxFiles; i++)
        {
            string path = Path.Combine(directory, names[i]);
            using IFile? file = kind.MustLock ? files.OpenFile(path, FileOpenMode.ReadWrite) : null;
            if (file is not null && !file.TryLock(FileLockKind.OpenFileDescription))
                return new PurgeResult(deleted, path);
            files.DeleteFile(path);
            deleted.Add(path);
        }
        return new PurgeResult(deleted, null);
    }
}
