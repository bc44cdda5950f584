using Etcd.Foundation.Files;

namespace Etcd.Wal.Snapshots;

/// <summary>A database being received from the leader, written to a temporary file until it is complete.</summary>
/// <remarks>Disposed without <see cref="Complete"/>, it disappears. Not thread-safe.</remarks>
public sealed class IncomingDatabase : IDisposable
{
    private readonly IFileSystem _files;
    private readonly SnapshotDirectory _directory;
    private readonly string _path;
    private readonly IFile _file;
    private bool _isComplete;

    internal IncomingDatabase(IFileSystem files, SnapshotDirectory directory, string path)
    {
        _files = files;
        _directory = directory;
        _path = path;
        _file = files.OpenFile(path, FileOpenMode.Truncate);
    }

    /// <summary>Bytes received so far.</summary>
    public long Length { get; private set; }

    /// <exception cref="IOException">The disk refused.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _file.Write(Length, bytes);
        Length += bytes.Length;
    }

    /// <summary>Gives the file its final name; durable when this returns.</summary>
    /// <param name="index">Raft index of the snapshot. If its database is there already, that one stays.</param>
    /// <returns>The path.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    public string Complete(ulong index)
    {
        _file.Sync();
        string path = _directory.DatabasePath(index);
        if (!_files.FileExists(path))
        {
            _files.Rename(_path, path);
            _directory.SyncDirectory();
            _isComplete = true;
        }
        return path;
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!_isComplete)
            _files.DeleteFile(_path);
    }
}
