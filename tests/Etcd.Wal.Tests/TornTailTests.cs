using Etcd.TestKit.Disks;

namespace Etcd.Wal.Tests;

/// <summary>What a power cut leaves of the last write is cut off; all before it stays (spec disk §2.7, §2.8).</summary>
public sealed class TornTailTests
{
    private const int LastEntryBytes = 1500; // Spans four sectors.

    [Fact]
    public void Open_FileEndsAtAnyByteOfTheLastRecord_RepairedAndUsable()
    {
        (byte[] good, long[] frames) = Sample();
        for (long length = frames[^2]; length < frames[^1]; length++)
        {
            CrashDisk disk = SmallLog.DiskWith(good[..(int)length]);
            WalContents torn = WalReader.Read(disk, SmallLog.Directory, default);
            Assert.Equal(length == frames[^2], torn.Torn is null);
            AssertRecovers(disk, frames[^2], isTorn: length > frames[^2], good[..(int)length]);
        }
    }

    [Fact]
    public void Open_AnySectorOfTheLastRecordMissing_RepairedAndUsable()
    {
        (byte[] good, long[] frames) = Sample();
        long body = frames[^2] + 8;
        for (long sector = body / 512; sector <= (frames[^1] - 1) / 512; sector++)
        {
            byte[] bytes = [.. good];
            int from = (int)Math.Max(sector * 512, body);
            bytes.AsSpan(from, (int)Math.Min((sector + 1) * 512, frames[^1]) - from).Clear();
            AssertRecovers(SmallLog.DiskWith(bytes), frames[^2], isTorn: true, bytes);
        }
    }

    [Fact]
    public void Open_SectorOfAMiddleRecordMissing_StillTakenForATornBatch()
    {
        // One batch of two entries whose first lost a sector: nothing after the hole was acknowledged. etcd reads it so, too.
        (byte[] good, long[] frames) = Sample();
        byte[] bytes = [.. good];
        long hole = ((frames[^3] / 512) + 1) * 512;
        bytes.AsSpan((int)hole, 512).Clear();
        WalRecovery recovery = SmallLog.Open(SmallLog.DiskWith(bytes));
        recovery.Log.Dispose();
        Assert.Equal(frames[^3], recovery.Repair!.Tail.Offset);
        Assert.Equal([1ul], recovery.Entries.Select(static e => e.Index));
    }

    [Fact]
    public void Open_GarbageBehindTheEnd_ZeroedAndReported()
    {
        (byte[] good, long[] frames) = Sample();
        byte[] bytes = [.. good];
        bytes.AsSpan((int)frames[^1] + 64, 32).Fill(0xFF);
        CrashDisk disk = SmallLog.DiskWith(bytes);
        WalRecovery recovery = SmallLog.Open(disk);
        recovery.Log.Dispose();
        Assert.Equal(new DiscardedTail(SmallLog.FirstSegment, frames[^1], 96), recovery.Discarded);
        Assert.Equal(good, disk.ReadAllBytes(SmallLog.FirstSegment));
    }

    [Fact]
    public void Open_TornAndDiskFull_RepairedWithoutPreallocation()
    {
        (byte[] good, long[] frames) = Sample();
        CrashDisk disk = SmallLog.DiskWith(good[..(int)(frames[^1] - 8)]);
        disk.CapacityBytes = disk.UsedBytes + 8192; // Room for the copy, none for a segment.
        WalRecovery recovery = SmallLog.Open(disk, SmallLog.Options with { SegmentBytes = 1_000_000 });
        using WriteAheadLog log = recovery.Log;
        Assert.NotNull(recovery.Repair);
        log.Save(default, [SmallLog.Entry(3)]);
    }

    private static void AssertRecovers(CrashDisk disk, long goodEnd, bool isTorn, byte[] found)
    {
        WalRecovery recovery = SmallLog.Open(disk);
        Assert.Equal([1ul, 2], recovery.Entries.Select(static e => e.Index));
        Assert.Equal(isTorn, recovery.Repair is not null);
        if (isTorn)
        {
            Assert.Equal(goodEnd, recovery.Repair!.Tail.Offset);
            Assert.StartsWith("unexpected EOF", recovery.Repair.Tail.Error, StringComparison.Ordinal);
            Assert.Equal(found, disk.ReadAllBytes(recovery.Repair.BrokenPath));
        }
        using (recovery.Log)
            recovery.Log.Save(default, [SmallLog.Entry(3, 2)]);
        WalRecovery again = SmallLog.Open(disk.AfterPowerCut(seed: 3));
        again.Log.Dispose();
        Assert.Null(again.Repair);
        Assert.Equal(SmallLog.Show([SmallLog.Entry(1), SmallLog.Entry(2, 1, 900), SmallLog.Entry(3, 2)]), SmallLog.Show(again.Entries));
        Assert.Equal(isTorn ? [Path.GetFileName(recovery.Repair!.BrokenPath)] : [], again.Contents.IgnoredFiles);
    }

    private static (byte[] Bytes, long[] Frames) Sample()
    {
        CrashDisk disk = SmallLog.EmptyDisk();
        using (WriteAheadLog log = SmallLog.Create(disk))
        {
            log.Save(default, [SmallLog.Entry(1)]);
            log.Save(default, [SmallLog.Entry(2, 1, 900), SmallLog.Entry(3, 1, LastEntryBytes)]);
        }
        return (disk.ReadAllBytes(SmallLog.FirstSegment), SmallLog.FrameOffsets(disk));
    }
}
