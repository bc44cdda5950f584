using Etcd.Foundation.Files;

namespace Etcd.Wal.Segments;

/// <summary>Makes the last segment end where its good records end.</summary>
internal static class TailRepair
{
    private const string BrokenSuffix = ".broken";
    private const int BlockBytes = 256 * 1024;

    /// <summary>Cuts a torn record off, after the segment as found was copied to <c>….wal.broken</c>.</summary>
    /// <remarks>The copy is durable before the original changes, so a crash in between loses nothing.</remarks>
    public static WalRepair CutTorn(IFileSystem files, Segment segment, TornTail torn, long segmentBytes)
    {
        string brokenPath = segment.Path + BrokenSuffix;
        long used = CopyTo(files, segment.File, brokenPath);
        segment.File.SetLength(torn.Offset);
        segment.File.Sync();
        PreallocateIfPossible(segment.File, segmentBytes);
        return new WalRepair(torn, brokenPath, Math.Max(0, used - torn.Offset));
    }

    /// <summary>Zeroes what is behind the end of the log, as etcd does: bytes of a write that was never acknowledged would be taken for
    /// records once new ones reach up to them.</summary>
    /// <returns>Null if all was zero already.</returns>
    public static DiscardedTail? ZeroFrom(Segment segment, long end)
    {
        long length = segment.File.Length;
        long used = EndOfData(segment.File, end, length);
        if (used == end)
            return null;
        segment.File.SetLength(end);
        PreallocateIfPossible(segment.File, length);
        return new DiscardedTail(segment.Path, end, used - end);
    }

    // Only speed is lost without it: a member on a full disk must still be able to start.
    private static void PreallocateIfPossible(IFile file, long length)
    {
        try
        {
            file.Preallocate(length);
        }
        catch (IOException e) when (DiskErrors.IsNoSpace(e))
        {
            // The segment grows write by write instead; if that fails too, the write says so.
        }
    }

    /// <returns>End of the last byte that is not zero.</returns>
    private static long CopyTo(IFileSystem files, IFile source, string path)
    {
        long length = source.Length;
        long used = 0;
        byte[] block = new byte[BlockBytes];
        using IFile copy = files.OpenFile(path, FileOpenMode.Truncate);
        copy.SetLength(length);
        for (long at = 0; at < length; at += BlockBytes)
        {
            Span<byte> bytes = block.AsSpan(0, source.Read(at, block));
            int last = bytes.LastIndexOfAnyExcept((byte)0);
            if (last < 0)
                continue; // Preallocated space stays a hole: the copy needs no 64 MB on a disk that may be nearly full.
            copy.Write(at, bytes);
            used = at + last + 1;
        }
        copy.Sync();
        return used;
    }

    /// <returns>End of the last byte behind <paramref name="start"/> that is not zero, or <paramref name="start"/>.</returns>
    private static long EndOfData(IFile file, long start, long length)
    {
        byte[] block = new byte[BlockBytes];
        long used = start;
        for (long at = start; at < length; at += BlockBytes)
        {
            Span<byte> bytes = block.AsSpan(0, file.Read(at, block));
            int last = bytes.LastIndexOfAnyExcept((byte)0);
            if (last >= 0)
                used = at + last + 1;
        }
        return used;
    }
}
