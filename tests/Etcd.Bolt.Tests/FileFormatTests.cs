using Etcd.Bolt.Format;
using Etcd.Bolt.Pages;
using Etcd.Foundation.Files;
using Etcd.TestKit;
using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

/// <summary>Bytes and sizes that bbolt's users rely on.</summary>
public sealed class FileFormatTests
{
    private const string Db = "/db";

    private static void Fill(BoltDatabase database, int count, int valueBytes, double fill)
    {
        using BoltWriteTransaction write = database.BeginWrite();
        BoltWriteBucket bucket = write.CreateBucketIfMissing("key"u8);
        bucket.FillPercent = fill;
        for (int i = 0; i < count; i++)
        {
            byte[] key = new byte[17];
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(key, i);
            bucket.Put(key, new byte[valueBytes]);
        }
        write.Commit();
    }

    [Fact]
    public void NewFile_HasTwoMetaPagesAnEmptyFreelistAndAnEmptyRoot()
    {
        var disk = new CrashDisk(1);
        BoltDatabase.Open(disk, Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 4096 }).Dispose();
        byte[] file = disk.ReadAllBytes(Db);
        Assert.Equal(4 * 4096, file.Length);
        for (int slot = 0; slot < 2; slot++)
        {
            Assert.Null(Meta.Read(file.AsSpan(slot * 4096), out Meta meta));
            Assert.Equal(new Meta(4096, new PageId(3), 0, new PageId(2), 4, (ulong)slot), meta);
            Assert.Equal((ulong)slot, BitConverter.ToUInt64(file, slot * 4096));
            Assert.Equal(PageFormat.MetaFlag, BitConverter.ToUInt16(file, (slot * 4096) + 8));
        }
        Assert.Equal(PageFormat.FreelistFlag, BitConverter.ToUInt16(file, (2 * 4096) + 8));
        Assert.Equal(PageFormat.LeafFlag, BitConverter.ToUInt16(file, (3 * 4096) + 8));
    }

    [Fact]
    public void FirstCommit_HasIdTwoAndDropsTheStoredFreelist()
    {
        var disk = new CrashDisk(1);
        using BoltDatabase database = BoltDatabase.Open(disk, Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 4096 });
        Fill(database, 1, 10, 0.9);
        Assert.Equal(2UL, database.Statistics.TransactionId);
        Assert.Null(Meta.Read(disk.ReadAllBytes(Db), out Meta meta));
        Assert.Equal(PageId.NoFreelist, meta.Freelist);
        Assert.Equal(2, database.Statistics.PendingPages); // The old list and the old root.
    }

    [Fact]
    public void FreelistModes_Switched_UseAndDropTheStoredList()
    {
        var disk = new CrashDisk(1);
        Twin expected = new();
        for (int round = 0; round < 6; round++)
        {
            bool noFreelistSync = round % 2 == 1;
            var options = new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 1024, NoFreelistSync = noFreelistSync };
            using BoltDatabase database = BoltDatabase.Open(disk, Db, options);
            long free = database.Statistics.FreePages;
            Assert.Empty(database.Check());
            Assert.Equal(expected, Twin.Of(database));
            Fill(database, 200 + round, 50 + round, 0.5);
            Assert.True(round < 2 || database.Statistics.FreePages < free, "the free pages of the last round were not used");
            Assert.Empty(database.Check());
            Assert.Null(Meta.Read(NewestMeta(disk.ReadAllBytes(Db)), out Meta meta));
            Assert.Equal(noFreelistSync, meta.Freelist == PageId.NoFreelist);
            expected = Twin.Of(database);
        }
    }

    [Fact]
    public void SameOperations_GiveTheSameBytes()
    {
        byte[] first = FileAfterTraffic(), second = FileAfterTraffic();
        Assert.Equal(first, second);

        static byte[] FileAfterTraffic()
        {
            var disk = new CrashDisk(1);
            using BoltDatabase database = BoltDatabase.Open(disk, Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 1024 });
            for (int round = 1; round < 5; round++)
                Fill(database, 100 * round, 20 * round, 0.2 * round);
            return disk.ReadAllBytes(Db);
        }
    }

    [Fact]
    public void FileLength_GrowsAsEtcdsDoes()
    {
        using var folder = new TempDirectory();
        using (BoltDatabase database = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("large")))
        {
            Fill(database, 1, 10, 0.9);
            Assert.Equal(5 * database.PageSizeBytes, database.SizeBytes);
            Assert.Equal((6 * database.PageSizeBytes) + (16 << 20), new FileInfo(folder.Combine("large")).Length);
        }
        using (BoltDatabase database = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("small"), new BoltOptions { InitialMapBytes = 0 }))
        {
            Fill(database, 1, 10, 0.9);
            Assert.Equal(32 * 1024, new FileInfo(folder.Combine("small")).Length); // The smallest map.
            Fill(database, 1000, 100, 0.9);
            Assert.Equal(256 * 1024, new FileInfo(folder.Combine("small")).Length);
        }
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(folder.Combine("small")));
    }

    [Fact]
    public void SequentialPuts_FillLeavesToTheMark()
    {
        using BoltDatabase database = BoltDatabase.Open(new CrashDisk(1), Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 4096 });
        Fill(database, 1000, 300, 0.9);
        List<int> leaves = LeafCounts(database);
        // 16 + 11 * (16 + 17 + 300) = 3679 bytes; a twelfth would pass 0.9 * 4096 = 3686. The last two share what is left.
        Assert.All(leaves[..^2], static count => Assert.Equal(11, count));
        Assert.Equal(1000, leaves.Sum());
        Fill(database, 1000, 300, 0.5); // The same keys again: no leaf is as large as a page, so none is cut.
        Assert.Equal(leaves, LeafCounts(database));
        Fill(database, 1000, 500, 0.5);
        Assert.All(LeafCounts(database)[..^2], static count => Assert.InRange(count, 3, 5)); // Half a page holds 3.8 of 533 bytes.
    }

    [Fact]
    public void LargeValues_ShareALeafWithANeighbour()
    {
        using BoltDatabase database = BoltDatabase.Open(new CrashDisk(1), Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 4096 });
        Fill(database, 9, 300_000, 0.9);
        Assert.Equal([2, 2, 2, 3], LeafCounts(database)); // Compat: bbolt takes at least two for a page and leaves at least three.
        Assert.Empty(database.Check());
    }

    [Fact]
    public void CompactTo_AfterDeletions_IsSmallAndFull()
    {
        var disk = new CrashDisk(1);
        using BoltDatabase database = BoltDatabase.Open(disk, Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 4096 });
        Fill(database, 5000, 300, 0.9);
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            BoltWriteBucket bucket = write.Bucket("key"u8);
            BoltCursor cursor = bucket.Cursor();
            for (bool isAt = cursor.First(); isAt; isAt = cursor.Next())
            {
                if (cursor.Key[3] % 10 != 0)
                    bucket.Delete(cursor.Key);
            }
            write.Commit();
        }
        database.CompactTo("/copy", recordsPerCommit: 100);
        using BoltDatabase copy = BoltDatabase.Open(disk, "/copy", new BoltOptions { InitialMapBytes = 0 });
        Assert.Empty(copy.Check());
        Assert.Equal(Twin.Of(database), Twin.Of(copy));
        Assert.True(copy.SizeBytes < database.SizeBytes / 5, $"{copy.SizeBytes} of {database.SizeBytes}");
        disk.SyncDirectory("/"); // The name is the caller's to make durable, after a rename.
        Assert.Equal(disk.ReadAllBytes("/copy"), disk.AfterPowerCut(1).ReadAllBytes("/copy"));
    }

    [Fact]
    public void Deletions_ThatEmptyTheTree_GiveItsPagesBack()
    {
        using BoltDatabase database = BoltDatabase.Open(new CrashDisk(1), Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 1024 });
        Fill(database, 3000, 30, 0.5);
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            BoltWriteBucket bucket = write.Bucket("key"u8);
            BoltCursor cursor = bucket.Cursor();
            for (bool isAt = cursor.First(); isAt; isAt = cursor.Next())
                bucket.Delete(cursor.Key);
            write.Commit();
        }
        Assert.Empty(database.Check());
        Assert.Equal(0, Twin.Of(database).Bucket("key"u8)!.Count);
        // Meta pages and the root are in use, everything else is free or will be.
        Assert.Equal(3 * 1024, database.SizeBytes - ((database.Statistics.FreePages + database.Statistics.PendingPages) * 1024));
    }

    private static ReadOnlySpan<byte> NewestMeta(byte[] file)
    {
        Meta.Read(file, out Meta first);
        Meta.Read(file.AsSpan(1024), out Meta second);
        return file.AsSpan(first.TransactionId > second.TransactionId ? 0 : 1024);
    }

    private static List<int> LeafCounts(BoltDatabase database)
    {
        using BoltReadTransaction read = database.BeginRead();
        DatabaseView view = read.View;
        TreePage root = view.Page(view.Meta.Root);
        var counts = new List<int>();
        Collect(view, BucketValue.Read(view, root[0]).RootPage(view), counts);
        return counts;
    }

    private static void Collect(DatabaseView view, TreePage page, List<int> counts)
    {
        if (page.IsLeaf)
            counts.Add(page.Count);
        for (int i = 0; !page.IsLeaf && i < page.Count; i++)
            Collect(view, view.Page(page[i].Child), counts);
    }
}
