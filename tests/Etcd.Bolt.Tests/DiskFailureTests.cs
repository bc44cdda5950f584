using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

/// <summary>A disk that is full or refuses: the transaction fails, and the database stays what it was or says that it cannot know.</summary>
public sealed class DiskFailureTests
{
    private const string Db = "/db";

    private static BoltDatabase Open(CrashDisk disk) =>
        BoltDatabase.Open(disk, Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 1024 });

    private static void Put(BoltDatabase database, int key, int valueBytes)
    {
        using BoltWriteTransaction write = database.BeginWrite();
        write.CreateBucketIfMissing("b"u8).Put(BitConverter.GetBytes(key), new byte[valueBytes]);
        write.Commit();
    }

    private static int KeysOf(BoltDatabase database) => Twin.Of(database).Bucket("b"u8)!.Count;

    [Fact]
    public void Commit_DiskFull_FailsCleanlyAndGoesOnWhenThereIsSpaceAgain()
    {
        var disk = new CrashDisk(1);
        using BoltDatabase database = Open(disk);
        Put(database, 0, 10);
        disk.CapacityBytes = disk.UsedBytes + 100_000;
        int key = 1;
        IOException? full = null;
        for (; full is null; key++)
        {
            try
            {
                Put(database, key, 5000);
            }
            catch (IOException e)
            {
                full = e;
            }
        }
        Assert.Equal(28, full.HResult);
        Assert.Empty(database.Check());
        Assert.Equal(key - 1, KeysOf(database));
        Assert.Throws<IOException>(() => Put(database, key, 5000)); // Still full, still alive.
        disk.CapacityBytes = long.MaxValue;
        Put(database, key, 5000);
        Assert.Empty(database.Check());
        Assert.Equal(key, KeysOf(database));
        using BoltDatabase next = Open(disk.AfterPowerCut(1));
        Assert.Empty(next.Check());
        Assert.Equal(key, KeysOf(next));
    }

    [Theory]
    [InlineData(DiskOperationKind.Write)]
    [InlineData(DiskOperationKind.SetLength)]
    public void Commit_FirstWriteOrGrowthFails_LeavesTheDatabaseUsable(DiskOperationKind kind)
    {
        var disk = new CrashDisk(1);
        using BoltDatabase database = Open(disk);
        Put(database, 1, 10);
        bool isArmed = true;
        disk.Fault = operation =>
        {
            if (!isArmed || operation.Kind != kind)
                return DiskFault.None;
            isArmed = false;
            return DiskFault.Error;
        };
        Assert.Throws<IOException>(() => Put(database, 2, 200_000)); // Too large for the file as it is.
        Assert.Equal(1, KeysOf(database));
        Put(database, 3, 10);
        Assert.Empty(database.Check());
        Assert.Equal(2, KeysOf(database));
    }

    [Fact]
    public void Commit_SyncFails_PoisonsTheDatabase()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            for (int failing = 1; failing <= 2; failing++) // The sync of the pages, that of the meta page.
            {
                var disk = new CrashDisk(seed);
                using BoltDatabase database = Open(disk);
                Put(database, 1, 10);
                int syncs = 0;
                int failingSync = failing;
                disk.Fault = operation => operation.Kind == DiskOperationKind.Sync && ++syncs == failingSync ? DiskFault.Error : DiskFault.None;
                Assert.Throws<IOException>(() => Put(database, 2, 3000));
                Assert.Equal(BoltError.DatabasePoisoned, Assert.Throws<BoltException>(database.BeginWrite).Error);
                Assert.Equal(1, KeysOf(database)); // Reading goes on, from the last state that was acknowledged.
                using BoltDatabase next = Open(disk.AfterPowerCut(seed));
                Assert.Empty(next.Check());
                Assert.InRange(KeysOf(next), 1, 2);
            }
        }
    }

    [Fact]
    public void Commit_MetaWriteFails_PoisonsTheDatabase()
    {
        var disk = new CrashDisk(1);
        using BoltDatabase database = Open(disk);
        Put(database, 1, 10);
        disk.Fault = static operation => operation is { Kind: DiskOperationKind.Write, Offset: < 2048 } ? DiskFault.Error : DiskFault.None;
        Assert.Throws<IOException>(() => Put(database, 2, 10));
        disk.Fault = null;
        Assert.Equal(BoltError.DatabasePoisoned, Assert.Throws<BoltException>(database.BeginWrite).Error);
        Assert.Equal(1, KeysOf(database));
    }

    [Fact]
    public void CompactTo_DiskFull_LeavesTheSourceUntouched()
    {
        var disk = new CrashDisk(1);
        using BoltDatabase database = Open(disk);
        for (int i = 0; i < 50; i++)
            Put(database, i, 1000);
        disk.CapacityBytes = disk.UsedBytes + 20_000;
        Assert.Throws<IOException>(() => database.CompactTo("/copy"));
        disk.CapacityBytes = long.MaxValue;
        Put(database, 50, 1000);
        Assert.Empty(database.Check());
        Assert.Equal(51, KeysOf(database));
    }
}
