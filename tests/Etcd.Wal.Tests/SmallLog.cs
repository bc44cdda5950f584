using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;
using Etcd.TestKit.Disks;
using Etcd.Wal.Records;
using Etcd.Wal.Segments;

namespace Etcd.Wal.Tests;

/// <summary>A log of a few hundred bytes on a disk in memory, and ways to look at it from outside.</summary>
internal static class SmallLog
{
    public const string Directory = "/member/wal";

    public static readonly MemberMetadata Metadata = new(0x464455e9d97805fc, 0xdd69fe57111c5da6);

    public static WalOptions Options { get; } = new() { SegmentBytes = 4096, PreparesSegmentsInBackground = false, Dialect = WireDialect.Gogo };

    public static CrashDisk EmptyDisk(int seed = 1)
    {
        var disk = new CrashDisk(seed);
        disk.CreateDirectory("/member");
        disk.SyncDirectory("/");
        return disk;
    }

    public static WriteAheadLog Create(IFileSystem disk, WalOptions? options = null) =>
        WriteAheadLog.Create(disk, Directory, Metadata.Encode(), options ?? Options);

    public static WalRecovery Open(IFileSystem disk, WalOptions? options = null) =>
        WriteAheadLog.Open(disk, Directory, default, options ?? Options);

    public static Entry Entry(ulong index, ulong term = 1, int dataBytes = 20)
    {
        byte[] data = new byte[dataBytes];
        new Random((int)index).NextBytes(data);
        return new Entry(term, index, EntryType.Normal, data);
    }

    /// <summary>Entries as text, to compare them with one assertion.</summary>
    public static string[] Show(IEnumerable<Entry> entries) =>
        [.. entries.Select(static e => $"{e.Term}/{e.Index}/{e.Type}/{Convert.ToHexStringLower(e.Data.Span)}")];

    /// <summary>Where the frames of the only segment begin; the last element is the end of the last one.</summary>
    public static long[] FrameOffsets(IFileSystem disk)
    {
        var directory = new SegmentDirectory(disk, Directory);
        using SegmentSet segments = directory.OpenForRead(directory.List().Names);
        var reader = new RecordReader(segments.Items);
        List<long> offsets = [];
        while (reader.TryRead(out WalRecord record))
            offsets.Add(record.Offset);
        return [.. offsets, reader.EndOffset];
    }

    public static string FirstSegment => SegmentPath(0, 0);

    public static string SegmentPath(ulong sequence, ulong index) => Path.Combine(Directory, new SegmentName(sequence, index).ToString());

    /// <summary>A disk that holds nothing but one segment with these bytes.</summary>
    public static CrashDisk DiskWith(byte[] segment)
    {
        CrashDisk disk = EmptyDisk();
        disk.CreateDirectory(Directory);
        disk.Install(FirstSegment, segment);
        return disk;
    }
}
