using Etcd.Foundation;
using Etcd.TestKit.Disks;

namespace Etcd.Wal.Tests;

/// <summary>The power fails, or the disk does, at every single operation: what was acknowledged is there afterwards.</summary>
public sealed class CrashTests
{
    private const int Steps = 60;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Save_PowerCutAtEveryOperation_AcknowledgedIsThere(int seed)
    {
        var twin = new LogTwin();
        var work = new RandomWork(seed, twin);
        CrashDisk disk = SmallLog.EmptyDisk(seed);
        disk.Fault = operation =>
        {
            for (int cut = 0; cut < 3; cut++)
            {
                // Sectors are whole: old or new. A torn sector is the next test's matter.
                CrashDisk after = disk.AfterPowerCut((int)operation.Ordinal * 10 + cut, UnsyncedFates.Dropped | UnsyncedFates.Kept);
                AssertRecovers(after, twin, work.IsCreated, $"seed {seed}, before operation {operation}, cut {cut}");
            }
            return DiskFault.None;
        };
        work.Run(disk, Steps);
        Assert.True(disk.Operations > Steps);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void Open_PowerCutGarbledSectors_OpensOrRefuses(int seed)
    {
        // A sector that is noise may have held acknowledged records, so nothing can be promised, as with etcd. But Open must decide.
        var work = new RandomWork(seed, new LogTwin());
        CrashDisk disk = SmallLog.EmptyDisk(seed);
        int opened = 0;
        int refused = 0;
        disk.Fault = operation =>
        {
            CrashDisk after = disk.AfterPowerCut((int)operation.Ordinal);
            try
            {
                SmallLog.Open(after, RandomWork.Options).Log.Dispose();
                opened++;
            }
            catch (Exception e) when (e is CorruptException or WalException)
            {
                refused++;
            }
            return DiskFault.None;
        };
        work.Run(disk, Steps);
        Assert.True(opened > refused && refused > 0, $"{opened} opened, {refused} refused");
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    public void Open_PowerCutDuringRecovery_StillRecovers(int seed)
    {
        var twin = new LogTwin();
        var work = new RandomWork(seed, twin);
        CrashDisk disk = SmallLog.EmptyDisk(seed);
        int repairs = 0;
        disk.Fault = operation =>
        {
            if (!work.IsCreated)
                return DiskFault.None;
            for (int cut = 0; cut < 3; cut++)
            {
                CrashDisk after = disk.AfterPowerCut((int)operation.Ordinal * 10 + cut, UnsyncedFates.Dropped | UnsyncedFates.Kept);
                after.Fault = second =>
                {
                    CrashDisk again = after.AfterPowerCut((int)second.Ordinal, UnsyncedFates.Dropped | UnsyncedFates.Kept);
                    AssertRecovers(again, twin, isCreated: true, $"seed {seed}, before operation {operation}, then {second}");
                    return DiskFault.None;
                };
                WalRecovery recovery = SmallLog.Open(after, RandomWork.Options);
                recovery.Log.Dispose();
                repairs += recovery.Repair is null ? 0 : 1;
            }
            return DiskFault.None;
        };
        work.Run(disk, Steps);
        Assert.True(repairs > 3);
    }

    [Theory]
    [InlineData(DiskFault.Error)]
    [InlineData(DiskFault.NoSpace)]
    public void Save_DiskFailsAtAnyOperation_PoisonedAndNothingAcknowledgedIsLost(DiskFault fault)
    {
        const int Seed = 11;
        int failures = 0;
        for (long failing = 1; ; failing++)
        {
            var twin = new LogTwin();
            var work = new RandomWork(Seed, twin);
            CrashDisk disk = SmallLog.EmptyDisk(Seed);
            disk.Fault = operation => operation.Ordinal == failing ? fault : DiskFault.None;
            try
            {
                work.Run(disk, Steps);
                if (disk.Operations < failing)
                    break; // The work ended before anything failed: all operations were tried.
            }
            catch (WalFailedException e)
            {
                failures++;
                Assert.Equal(fault == DiskFault.NoSpace, e.IsNoSpace);
            }
            catch (IOException)
            {
                // Creating or opening failed: there was no log to poison.
            }
            disk.Fault = null;
            string when = $"seed {Seed}, {fault} at operation {failing}";
            if (fault == DiskFault.Error)
                AssertRecovers(disk.AfterPowerCut((int)failing, UnsyncedFates.Dropped | UnsyncedFates.Kept), twin, work.IsCreated, when);
            AssertRecovers(disk, twin, work.IsCreated, when + ", process restarted"); // Last, because it changes the disk.
        }
        Assert.True(failures > Steps);
    }

    private static void AssertRecovers(CrashDisk disk, LogTwin twin, bool isCreated, string when)
    {
        if (!isCreated && !WriteAheadLog.Exists(disk, SmallLog.Directory))
        {
            SmallLog.Create(disk, RandomWork.Options).Dispose(); // Nothing there: the member starts anew.
            return;
        }
        WalReader.ValidSnapshots(disk, SmallLog.Directory);
        WalRecovery recovery = SmallLog.Open(disk, RandomWork.Options);
        using WriteAheadLog log = recovery.Log;
        twin.AssertAllows(recovery.Entries, recovery.HardState, when);
        ulong next = (ulong)recovery.Entries.Count + 1;
        log.Save(default, [SmallLog.Entry(next, 1000)]);
        log.Dispose();
        WalContents again = WalReader.Read(disk, SmallLog.Directory, default);
        Assert.Equal(next, (ulong)again.Entries.Count);
        Assert.Null(again.Torn);
    }
}
