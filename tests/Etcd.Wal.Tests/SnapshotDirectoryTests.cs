using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.TestKit.Disks;
using Etcd.Wal.Snapshots;

namespace Etcd.Wal.Tests;

public sealed class SnapshotDirectoryTests
{
    private const string Folder = "/member/snap";

    private readonly CrashDisk _disk = SmallLog.EmptyDisk();
    private readonly SnapshotDirectory _snapshots;

    public SnapshotDirectoryTests()
    {
        _disk.CreateDirectory(Folder);
        _disk.SyncDirectory("/member");
        _snapshots = new SnapshotDirectory(_disk, Folder);
    }

    [Fact]
    public void Save_Snapshot_NamedByTermAndIndexAndDurable()
    {
        Assert.Equal($"{Folder}/0000000000000002-000000000000001f.snap", _snapshots.Save(Sample(31, 2)));
        CrashDisk after = _disk.AfterPowerCut(seed: 1, UnsyncedFates.Dropped);
        SnapshotLoad load = new SnapshotDirectory(after, Folder).LoadNewest(valid: null);
        Assert.Equal(Sample(31, 2).Metadata, load.Snapshot!.Metadata);
        Assert.Equal("state 31"u8, load.Snapshot.Data.Span);
        Assert.Empty(load.UnexpectedFiles);
        Assert.Null(_snapshots.Save(Snapshot.Empty));
    }

    [Fact]
    public void LoadNewest_SortsByTermFirst_AndTakesOnlyWhatTheLogKnows()
    {
        _snapshots.Save(Sample(900, 2));
        _snapshots.Save(Sample(100, 3));
        Assert.Equal(100ul, _snapshots.LoadNewest(valid: null).Snapshot!.Metadata.Index);
        Assert.Equal(900ul, _snapshots.LoadNewest([new WalSnapshot(900, 2), new WalSnapshot(100, 2)]).Snapshot!.Metadata.Index);
        SnapshotLoad none = _snapshots.LoadNewest([new WalSnapshot(0, 0)]);
        Assert.Null(none.Snapshot);
        Assert.Empty(none.Broken);
    }

    [Theory]
    [InlineData("", "snap: empty snapshot")]
    [InlineData("08051200", "snap: empty snapshot")]
    [InlineData("0800120101", "snap: empty snapshot")]
    [InlineData("0805120101", "snap: crc mismatch")]
    [InlineData("1280", "snap: not a snapshot")]
    public void LoadNewest_UnreadableFile_SetAsideAndNextTried(string hex, string error)
    {
        _snapshots.Save(Sample(5, 1));
        string bad = $"{Folder}/0000000000000009-0000000000000009.snap";
        _disk.Install(bad, Convert.FromHexString(hex));
        SnapshotLoad load = _snapshots.LoadNewest(valid: null);
        Assert.Equal(5ul, load.Snapshot!.Metadata.Index);
        BrokenSnapshot broken = Assert.Single(load.Broken);
        Assert.Equal((bad, bad + ".broken"), (broken.Path, broken.BrokenPath));
        Assert.StartsWith(error, broken.Error, StringComparison.Ordinal);
        Assert.Empty(_snapshots.LoadNewest(valid: null).Broken);
        Assert.Equal([Path.GetFileName(bad) + ".broken"], _snapshots.LoadNewest(valid: null).UnexpectedFiles);
    }

    [Fact]
    public void Save_AnyFailure_NoHalfFileUnderTheFinalName()
    {
        for (long failing = 1; ; failing++)
        {
            CrashDisk disk = SmallLog.EmptyDisk();
            disk.CreateDirectory(Folder);
            long before = disk.Operations;
            disk.Fault = operation => operation.Ordinal == before + failing ? DiskFault.NoSpace : DiskFault.None;
            var snapshots = new SnapshotDirectory(disk, Folder);
            Exception? error = Record.Exception(() => snapshots.Save(Sample(7, 1)));
            if (error is null)
            {
                Assert.Equal(6, failing); // create, write, sync, rename, sync directory; the sixth never came.
                return;
            }
            Assert.IsAssignableFrom<IOException>(error);
            SnapshotLoad load = snapshots.LoadNewest(valid: null);
            Assert.Empty(load.Broken);
            Assert.Empty(load.UnexpectedFiles);
        }
    }

    [Fact]
    public void Save_PowerCutAtAnyOperation_WholeOrAbsent()
    {
        _disk.Fault = operation =>
        {
            CrashDisk after = _disk.AfterPowerCut((int)operation.Ordinal);
            Assert.Empty(new SnapshotDirectory(after, Folder).LoadNewest(valid: null).Broken);
            return DiskFault.None;
        };
        for (ulong index = 1; index < 20; index++)
            _snapshots.Save(Sample(index, 1));
    }

    [Fact]
    public void ReceiveDatabase_Complete_NamedByIndexAndDurable()
    {
        using (IncomingDatabase incoming = _snapshots.ReceiveDatabase())
        {
            incoming.Write("data"u8);
            incoming.Write("base"u8);
            Assert.Equal(8, incoming.Length);
            Assert.Equal($"{Folder}/000000000000002a.snap.db", incoming.Complete(42));
        }
        Assert.Equal("database"u8, _disk.AfterPowerCut(seed: 2, UnsyncedFates.Dropped).ReadAllBytes(_snapshots.DatabasePath(42)));
    }

    [Fact]
    public void ReceiveDatabase_TwiceOrAbandoned_FirstStaysAndNothingIsLeft()
    {
        Receive("first"u8, index: 42);
        Receive("second"u8, index: 42);
        using (IncomingDatabase abandoned = _snapshots.ReceiveDatabase())
            abandoned.Write("half"u8);
        Assert.Equal(["000000000000002a.snap.db"], _disk.List(Folder));
        Assert.Equal("first"u8, _disk.ReadAllBytes(_snapshots.DatabasePath(42)));
    }

    [Fact]
    public void ReleaseDatabases_OlderThanTheSnapshot_Deleted()
    {
        Receive("a"u8, index: 9);
        Receive("b"u8, index: 10);
        _disk.Install($"{Folder}/odd.snap.db", [1]);
        Assert.Equal([_snapshots.DatabasePath(9)], _snapshots.ReleaseDatabases(10));
        Assert.True(_disk.FileExists(_snapshots.DatabasePath(10)));
    }

    [Fact]
    public void RemoveLeftovers_InterruptedWork_OnlyThatIsRemoved()
    {
        foreach (string name in (string[])["tmp123", "db.tmp.456", "db", "x.snap.broken"])
            _disk.Install($"{Folder}/{name}", [1]);
        Assert.Equal([$"{Folder}/db.tmp.456", $"{Folder}/tmp123"], _snapshots.RemoveLeftovers());
        Assert.Equal(["db", "x.snap.broken"], _disk.List(Folder));
    }

    [Fact]
    public void Read_AnyBitFlipped_RefusedOrTheSame()
    {
        byte[] good = SnapshotFileCodec.Encode(Sample(31, 2));
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            byte[] bytes = [.. good];
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(good, SnapshotFileCodec.Encode(SnapshotFileCodec.Read("f", bytes))); // Spare bits of the checksum's varint.
            }
            catch (CorruptException e)
            {
                Assert.StartsWith("snap: ", e.Reason, StringComparison.Ordinal);
            }
        }
    }

    private void Receive(ReadOnlySpan<byte> bytes, ulong index)
    {
        using IncomingDatabase incoming = _snapshots.ReceiveDatabase();
        incoming.Write(bytes);
        incoming.Complete(index);
    }

    private static Snapshot Sample(ulong index, ulong term) =>
        new(new SnapshotMetadata(new ConfState { Voters = [1, 2] }, index, term), System.Text.Encoding.ASCII.GetBytes($"state {index}"));
}
