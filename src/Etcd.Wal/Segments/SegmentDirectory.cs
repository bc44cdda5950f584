using Etcd.Foundation.Files;

namespace Etcd.Wal.Segments;

/// <summary>Finds and opens the segments of a log.</summary>
internal sealed class SegmentDirectory(IFileSystem files, string directory)
{
    /// <summary>etcd's rule for "there is a WAL": any name that ends in .wal.</summary>
    public static bool HasLog(IFileSystem files, string directory) =>
        files.DirectoryExists(directory)
        && files.List(directory).Any(static name => name.EndsWith(SegmentName.Suffix, StringComparison.Ordinal));

    /// <summary>All segments, by sequence, and what else lies around.</summary>
    /// <exception cref="WalException">There is none.</exception>
    public (SegmentName[] Names, string[] Ignored) List()
    {
        List<SegmentName> names = [];
        List<string> ignored = [];
        IReadOnlyList<string> found = files.DirectoryExists(directory) ? files.List(directory) : [];
        foreach (string file in found)
        {
            if (SegmentName.TryParse(file, out SegmentName name))
                names.Add(name);
            else if (!file.EndsWith(SegmentPipeline.Suffix, StringComparison.Ordinal))
                ignored.Add(file);
        }
        if (names.Count == 0)
            throw new WalException(WalError.FileNotFound, $"wal: file not found (directory {directory})");
        return ([.. names], [.. ignored]); // The file system lists in ordinal order, which is sequence order for fixed-width hex.
    }

    /// <summary>Positions in <paramref name="names"/> from which the log can be read to find the record of a snapshot, best
    /// first.</summary>
    /// <remarks>The best is the last segment that begins at or before the index. But a snapshot that came from the leader is ahead
    /// of the entries, and etcd names the next segment after the entries: then the record is in a segment before.</remarks>
    /// <exception cref="WalException">There is none, or a segment behind it is missing.</exception>
    public IEnumerable<int> StartCandidates(SegmentName[] names, ulong snapshotIndex)
    {
        int start = Array.FindLastIndex(names, name => name.FirstIndex <= snapshotIndex);
        if (start < 0)
        {
            throw new WalException(
                WalError.FileNotFound,
                $"wal: file not found which matches the snapshot index '{snapshotIndex}' (the oldest segment in {directory} is {names[0]})");
        }
        for (int i = start + 1; i < names.Length; i++)
        {
            if (!Follows(names[i], names[i - 1]))
            {
                throw new WalException(
                    WalError.SequenceGap,
                    $"wal: file sequence numbers (starting from {start}) do not increase continuously "
                    + $"({names[i - 1]} is followed by {names[i]} in {directory})");
            }
        }
        return Candidates(names, start);
    }

    /// <summary>Opens segments read-only and without a lock.</summary>
    public SegmentSet OpenForRead(ReadOnlySpan<SegmentName> names) => Open(names, FileOpenMode.Read);

    /// <summary>Opens and locks segments.</summary>
    /// <exception cref="WalException">Somebody else holds a lock.</exception>
    public SegmentSet OpenForWrite(ReadOnlySpan<SegmentName> names) => Open(names, FileOpenMode.ReadWrite);

    private SegmentSet Open(ReadOnlySpan<SegmentName> names, FileOpenMode mode)
    {
        var segments = new SegmentSet();
        try
        {
            foreach (SegmentName name in names)
            {
                string path = Path.Combine(directory, name.ToString());
                var segment = new Segment(files.OpenFile(path, mode), name, path);
                segments.Add(segment);
                if (mode != FileOpenMode.Read && !segment.File.TryLock(FileLockKind.OpenFileDescription))
                    throw new WalException(WalError.Locked, $"fileutil: file already locked: another process has {path} open for writing");
            }
        }
        catch
        {
            segments.Dispose();
            throw;
        }
        return segments;
    }

    private static IEnumerable<int> Candidates(SegmentName[] names, int start)
    {
        yield return start;
        for (int i = start; i > 0 && Follows(names[i], names[i - 1]); i--)
            yield return i - 1;
    }

    private static bool Follows(SegmentName next, SegmentName previous) => next.Sequence == previous.Sequence + 1;
}
