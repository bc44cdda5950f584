using Etcd.Foundation.Files;

namespace Etcd.Wal.Segments;

/// <summary>One open segment file. Its lock, if taken, lives as long as the file is open.</summary>
/// <param name="Path">Where it is now: <see cref="IFile.Path"/> still has the name it was prepared under.</param>
internal sealed record Segment(IFile File, SegmentName Name, string Path) : IDisposable
{
    public void Dispose() => File.Dispose();
}
