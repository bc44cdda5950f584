using Etcd.Protocol.Rpc;
using Etcd.Store.Mvcc;
using Etcd.Store.Tests.Backend;
using Etcd.TestKit.Disks;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

public class StoreCrashTests
{
    /// <summary>Entry n is put number n of a fixed history. Wherever the power fails, also inside a compaction, the member that comes back has
    /// applied the first n entries exactly and can go on from there to the same end.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void PowerCutAnywhere_RestartGoesOnToTheSameState(int seed)
    {
        const int Entries = 120;
        uint end = Run(BackendFixture.NewDisk(), Entries);
        CrashDisk disk = BackendFixture.NewDisk(seed);
        var random = new Random(seed);
        int cuts = 0;
        disk.Fault = _ =>
        {
            if (random.Next(4) == 0)
            {
                CrashDisk after = disk.AfterPowerCut(random.Next());
                Assert.Equal(end, Run(after, Entries));
                cuts++;
            }
            return DiskFault.None;
        };
        Assert.Equal(end, Run(disk, Entries));
        Assert.True(cuts > 30, $"only {cuts} power cuts were tried");
    }

    // Applies what the disk does not have yet; returns the hash of everything.
    private static uint Run(CrashDisk disk, int entries)
    {
        using var fixture = new StoreFixture(disk, new MvccOptions { CompactionBatchLimit = 9 });
        for (ulong index = fixture.Backend.ConsistentIndex + 1; index <= (ulong)entries; index++)
        {
            if (index % 40 == 0)
                Assert.Null(fixture.Compact(fixture.Store.CurrentRevision - 10).Error);
            else if (index % 7 == 0)
                fixture.Delete($"k{index % 11}");
            else
                fixture.Put(new PutRequest { Key = ByteString.CopyFromUtf8($"k{index % 11}"), Value = ByteString.CopyFrom(new byte[index % 50]) });
            if (index % 5 == 0)
                fixture.Backend.CommitNow();
            if (index % 3 == 0)
                fixture.Store.CompactionStep();
        }
        fixture.FinishCompactions();
        Assert.Null(fixture.Store.HashKv(fixture.Store.CurrentRevision, out KeyValueHash hash));
        return hash.Hash;
    }
}
