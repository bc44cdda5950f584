using Etcd.Foundation.Files;
using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

/// <summary>The disk that the crash tests trust must itself forget, keep and fail as promised.</summary>
public sealed class CrashDiskTests
{
    private static byte[] Pattern(int length, byte value) => [.. Enumerable.Repeat(value, length)];

    private static CrashDisk DiskWithFile(out IFile file)
    {
        var disk = new CrashDisk(1);
        file = disk.OpenFile("/f", FileOpenMode.OpenOrCreate);
        disk.SyncDirectory("/");
        return disk;
    }

    [Fact]
    public void AfterPowerCut_SyncedWrite_IsThere()
    {
        CrashDisk disk = DiskWithFile(out IFile file);
        file.Write(100, Pattern(5000, 7));
        file.SyncData();
        for (int seed = 0; seed < 20; seed++)
            Assert.Equal(disk.ReadAllBytes("/f"), disk.AfterPowerCut(seed).ReadAllBytes("/f"));
    }

    [Fact]
    public void AfterPowerCut_UnsyncedOverwrite_MeetsEveryFateInSomeSeed()
    {
        CrashDisk disk = DiskWithFile(out IFile file);
        file.Write(0, Pattern(512, 1));
        file.SyncData();
        file.Write(0, Pattern(512, 2));
        byte[][] found = [.. Enumerable.Range(0, 50).Select(seed => disk.AfterPowerCut(seed).ReadAllBytes("/f"))];
        Assert.Contains(Pattern(512, 1), found);
        Assert.Contains(Pattern(512, 2), found);
        Assert.Contains(found, static f => f.Distinct().Count() > 2);
        Assert.Contains(found, static f => f[0] == 2 && f[^1] == 1);
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Equal(Pattern(512, 1), disk.AfterPowerCut(seed, UnsyncedFates.Dropped).ReadAllBytes("/f")));
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Equal(Pattern(512, 2), disk.AfterPowerCut(seed, UnsyncedFates.Kept).ReadAllBytes("/f")));
    }

    [Fact]
    public void AfterPowerCut_SectorOfAnUntouchedNeighbour_NeverChanges()
    {
        CrashDisk disk = DiskWithFile(out IFile file);
        file.Write(0, Pattern(2048, 1));
        file.SyncData();
        file.Write(600, Pattern(10, 2));
        for (int seed = 0; seed < 30; seed++)
        {
            byte[] found = disk.AfterPowerCut(seed).ReadAllBytes("/f");
            Assert.Equal(Pattern(512, 1), found[..512]);
            Assert.Equal(Pattern(1024, 1), found[1024..]);
        }
    }

    [Fact]
    public void AfterPowerCut_UnsyncedTruncation_MayBringOldBytesBack()
    {
        CrashDisk disk = DiskWithFile(out IFile file);
        file.Write(0, Pattern(4096, 1));
        file.SyncData();
        file.SetLength(10);
        file.SetLength(4096);
        Assert.Equal(0, disk.ReadAllBytes("/f")[10]);
        Assert.Equal(Pattern(4096, 1), disk.AfterPowerCut(3, UnsyncedFates.Dropped).ReadAllBytes("/f"));
    }

    [Fact]
    public void AfterPowerCut_UnsyncedNames_AreAPrefixOfTheirOrder()
    {
        var disk = new CrashDisk(1);
        disk.CreateDirectory("/d");
        disk.SyncDirectory("/");
        foreach (string name in (string[])["a", "b", "c"])
            disk.OpenFile("/d/" + name, FileOpenMode.OpenOrCreate).Dispose();
        disk.Rename("/d/a", "/d/z");
        string[] seen = [.. Enumerable.Range(0, 60).Select(seed => string.Concat(disk.AfterPowerCut(seed).List("/d"))).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["", "a", "ab", "abc", "bcz"], seen);
        disk.SyncDirectory("/d");
        Assert.Equal(["b", "c", "z"], disk.AfterPowerCut(1).List("/d"));
    }

    [Fact]
    public void Sync_ThatFails_MayLoseSectorsThatALaterSyncDoesNotBringBack()
    {
        int lost = 0;
        for (int seed = 0; seed < 20; seed++)
        {
            var disk = new CrashDisk(seed);
            IFile file = disk.OpenFile("/f", FileOpenMode.OpenOrCreate);
            disk.SyncDirectory("/");
            file.Write(0, Pattern(512, 1));
            file.SyncData();
            file.Write(0, Pattern(512, 2));
            disk.Fault = static o => o.Kind == DiskOperationKind.Sync ? DiskFault.Error : DiskFault.None;
            Assert.Throws<IOException>(file.SyncData);
            disk.Fault = null;
            file.SyncData();
            Assert.Equal(2, disk.ReadAllBytes("/f")[0]);
            lost += disk.AfterPowerCut(seed).ReadAllBytes("/f")[0] == 1 ? 1 : 0;
        }
        Assert.InRange(lost, 1, 19);
    }

    [Fact]
    public void Write_BeyondCapacity_IsPartlyDoneAndSaysNoSpace()
    {
        CrashDisk disk = DiskWithFile(out IFile file);
        disk.CapacityBytes = 8192;
        file.Write(0, Pattern(8192, 1));
        IOException full = Assert.Throws<IOException>(() => file.Write(8192, Pattern(100, 1)));
        Assert.Equal(28, full.HResult);
        file.Write(0, Pattern(8192, 2)); // Space that is taken can be written again.
        Assert.Throws<IOException>(() => file.Preallocate(100_000));
    }

    [Fact]
    public unsafe void Map_WriteAfterwards_IsSeenInTheMapping()
    {
        CrashDisk disk = DiskWithFile(out IFile file);
        file.Write(0, Pattern(10, 1));
        using IFileMapping mapping = file.Map(1 << 20);
        file.Write(5, Pattern(5000, 2));
        Assert.Equal(disk.ReadAllBytes("/f"), new ReadOnlySpan<byte>(mapping.Pointer, 5005).ToArray());
    }

    [Fact]
    public void PowerCut_DuringAWrite_StopsEverythingAfterIt()
    {
        CrashDisk disk = DiskWithFile(out IFile file);
        disk.Fault = static o => o.Kind == DiskOperationKind.Write ? DiskFault.PowerCut : DiskFault.None;
        Assert.Throws<PowerCutException>(() => file.Write(0, Pattern(1, 1)));
        Assert.Throws<PowerCutException>(file.SyncData);
        Assert.True(disk.AfterPowerCut(1).FileExists("/f"));
    }

    [Fact]
    public void TryLock_Kinds_ExcludeOnlyTheirOwnFamily()
    {
        CrashDisk disk = DiskWithFile(out IFile file);
        using IFile other = disk.OpenFile("/f", FileOpenMode.ReadWrite);
        Assert.True(file.TryLock(FileLockKind.FlockShared));
        Assert.True(other.TryLock(FileLockKind.FlockShared));
        Assert.False(other.TryLock(FileLockKind.FlockExclusive));
        file.Dispose();
        Assert.True(other.TryLock(FileLockKind.FlockExclusive));
        using IFile third = disk.OpenFile("/f", FileOpenMode.ReadWrite);
        Assert.False(third.TryLock(FileLockKind.FlockShared));
        Assert.True(third.TryLock(FileLockKind.OpenFileDescription));
    }
}
