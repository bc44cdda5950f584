using System.Runtime.InteropServices;
using Etcd.Bolt.Format;
using Etcd.Foundation.Files;

namespace Etcd.Bolt.Pages;

/// <summary>Turns page images into bytes and writes neighbouring pages with one call.</summary>
/// <remarks>Streams through one buffer, so a value of any size costs no second copy of itself.</remarks>
internal sealed unsafe class PageWriter : IDisposable
{
    // Large enough that the cost of a system call disappears behind that of the copy.
    private const int BufferBytes = 512 * 1024;

    private readonly IFile _file;
    private readonly int _pageSizeBytes;
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferBytes);
    private int _filled;
    private long _fileOffset;

    public PageWriter(IFile file, int pageSizeBytes)
    {
        _file = file;
        _pageSizeBytes = pageSizeBytes;
    }

    /// <param name="images">Ascending by page.</param>
    /// <exception cref="IOException">The disk refused; some of the pages may be written.</exception>
    public void Write(List<PageImage> images)
    {
        _filled = 0;
        foreach (ref readonly PageImage image in CollectionsMarshal.AsSpan(images))
        {
            long offset = (long)image.First.Number * _pageSizeBytes;
            if (_fileOffset + _filled != offset)
            {
                Flush();
                _fileOffset = offset;
            }
            long end = offset + (image.Pages * _pageSizeBytes);
            if (image.Raw is not null)
                AppendRaw(image.Raw, end - offset);
            else if (image.IsLeaf)
                AppendLeaf(image);
            else
                AppendBranch(image);
            AppendZeros(end - (_fileOffset + _filled)); // Old bytes of the buffer must not reach the disk.
        }
        Flush();
    }

    public void Dispose() => NativeMemory.Free(_buffer);

    private void AppendLeaf(in PageImage image)
    {
        Append(new PageHeader(image.First.Number, PageFormat.LeafFlag, (ushort)image.Count, (uint)(image.Pages - 1)));
        uint position = (uint)image.Count * PageFormat.ElementBytes;
        for (int i = 0; i < image.Count; i++)
        {
            Element element = image.Elements[i];
            Append(PageElement.Leaf((uint)element.Link, position, element.KeyBytes, element.ValueBytes));
            // The next element starts 16 bytes later and its data one pair later.
            position += (uint)(element.KeyBytes + element.ValueBytes) - PageFormat.ElementBytes;
        }
        for (int i = 0; i < image.Count; i++)
            AppendRaw(image.Elements[i].Data, (long)image.Elements[i].KeyBytes + image.Elements[i].ValueBytes);
    }

    private void AppendBranch(in PageImage image)
    {
        Append(new PageHeader(image.First.Number, PageFormat.BranchFlag, (ushort)image.Count, (uint)(image.Pages - 1)));
        uint position = (uint)image.Count * PageFormat.ElementBytes;
        for (int i = 0; i < image.Count; i++)
        {
            Element element = image.Elements[i];
            Append(PageElement.Branch(position, element.KeyBytes, element.Link));
            position += (uint)element.KeyBytes - PageFormat.ElementBytes;
        }
        for (int i = 0; i < image.Count; i++)
            AppendRaw(image.Elements[i].Data, image.Elements[i].KeyBytes);
    }

    private void Append<T>(in T value)
        where T : unmanaged
    {
        if (_filled + sizeof(T) > BufferBytes)
            Flush();
        *(T*)(_buffer + _filled) = value; // In bounds: T is 16 bytes, the buffer larger.
        _filled += sizeof(T);
    }

    private void AppendRaw(byte* bytes, long count)
    {
        while (count > 0)
        {
            if (_filled == BufferBytes)
                Flush();
            int part = (int)Math.Min(count, BufferBytes - _filled);
            Buffer.MemoryCopy(bytes, _buffer + _filled, BufferBytes - _filled, part);
            _filled += part;
            bytes += part;
            count -= part;
        }
    }

    private void AppendZeros(long count)
    {
        while (count > 0)
        {
            if (_filled == BufferBytes)
                Flush();
            int part = (int)Math.Min(count, BufferBytes - _filled);
            new Span<byte>(_buffer + _filled, part).Clear();
            _filled += part;
            count -= part;
        }
    }

    private void Flush()
    {
        if (_filled > 0)
            _file.Write(_fileOffset, new ReadOnlySpan<byte>(_buffer, _filled));
        _fileOffset += _filled;
        _filled = 0;
    }
}
