using Etcd.Foundation.Files;

namespace Etcd.Bolt.Pages;

/// <summary>A memory map shared by the views that read through it; gone when the last of them is.</summary>
/// <remarks>A file that outgrows its map is mapped a second time. Open readers keep the first map and their spans.</remarks>
internal sealed unsafe class MappedFile(IFileMapping mapping)
{
    private int _owners = 1;

    public byte* Pointer => mapping.Pointer;

    public long Length => mapping.Length;

    /// <summary>Brings the first bytes of the file into memory ahead of a walk over all its pages.</summary>
    public void Prefetch(long length) => mapping.Prefetch(0, length);

    public MappedFile Share()
    {
        Interlocked.Increment(ref _owners);
        return this;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
            mapping.Dispose();
    }
}
