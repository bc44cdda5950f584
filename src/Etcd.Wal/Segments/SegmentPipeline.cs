using Etcd.Foundation.Files;

namespace Etcd.Wal.Segments;

/// <summary>Keeps one empty, locked, preallocated file ready, so that a cut need not wait for the file system.</summary>
/// <remarks>The files are <c>0.tmp</c> and <c>1.tmp</c> in turn. A left-over of a crash is emptied first: stale records behind a
/// shorter header could otherwise be taken for new ones. Used by the log only, under its lock.</remarks>
internal sealed class SegmentPipeline(IFileSystem files, string directory, long segmentBytes, bool background) : IDisposable
{
    public const string Suffix = ".tmp";

    private Task<IFile>? _preparing;
    private int _prepared;

    /// <summary>Begins to prepare the next file, if that is done in the background.</summary>
    public void Prepare()
    {
        if (background)
            _preparing = Task.Run(CreateFile);
    }

    /// <summary>Hands over the prepared file; the caller renames and owns it.</summary>
    /// <exception cref="IOException">It could not be prepared.</exception>
    public IFile Take()
    {
        Task<IFile>? preparing = _preparing;
        _preparing = null;
        if (preparing is null)
            return CreateFile();
        try
        {
            return preparing.GetAwaiter().GetResult(); // Long finished, unless a whole segment was filled meanwhile.
        }
        catch (IOException)
        {
            // The failure may be hours old, e.g. a disk that was full before the last purge. Nothing was promised on this file yet,
            // so asking once more is safe, and the answer is of now.
            return CreateFile();
        }
    }

    public void Dispose()
    {
        Task<IFile>? preparing = _preparing;
        _preparing = null;
        if (preparing is null)
            return;
        try
        {
            using IFile file = preparing.GetAwaiter().GetResult();
            files.DeleteFile(file.Path);
        }
        catch (IOException)
        {
            // Not prepared, or not deleted: the next start reuses what is left.
        }
    }

    private IFile CreateFile()
    {
        string path = Path.Combine(directory, $"{_prepared++ % 2}{Suffix}");
        IFile file = files.OpenFile(path, FileOpenMode.Truncate);
        try
        {
            if (!file.TryLock(FileLockKind.OpenFileDescription))
                throw new WalException(WalError.Locked, $"fileutil: file already locked: another process has {path} open for writing");
            file.Preallocate(segmentBytes);
            return file;
        }
        catch
        {
            file.Dispose();
            files.DeleteFile(path);
            throw;
        }
    }
}
