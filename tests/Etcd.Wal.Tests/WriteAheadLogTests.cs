using Etcd.Foundation;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;
using Etcd.TestKit;
using Etcd.TestKit.Disks;

namespace Etcd.Wal.Tests;

public sealed class WriteAheadLogTests
{
    private readonly CrashDisk _disk = SmallLog.EmptyDisk();

    [Fact]
    public void Create_NewDirectory_LooksAsEtcdsOwn()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        Assert.Equal([Path.GetFileName(SmallLog.FirstSegment)], _disk.List(SmallLog.Directory));
        Assert.Equal(["wal"], _disk.List("/member"));
        byte[] segment = _disk.ReadAllBytes(SmallLog.FirstSegment);
        Assert.Equal(SmallLog.Options.SegmentBytes, segment.Length);
        // Spec disk §2.1, the first 16 bytes of every log.
        Assert.Equal("04000000000000840804100000000000", Convert.ToHexStringLower(segment.AsSpan(0, 16)));
        Assert.True(WriteAheadLog.Exists(_disk, SmallLog.Directory));
    }

    [Fact]
    public void Create_LogIsThere_Refused()
    {
        SmallLog.Create(_disk).Dispose();
        Assert.Equal(WalError.AlreadyExists, Assert.Throws<WalException>(() => SmallLog.Create(_disk)).Error);
    }

    [Fact]
    public void Create_LeftoverOfAnInterruptedCreate_Replaced()
    {
        _disk.CreateDirectory(SmallLog.Directory + ".tmp");
        _disk.Install(SmallLog.Directory + ".tmp/0000000000000000-0000000000000000.wal", [1, 2, 3]);
        SmallLog.Create(_disk).Dispose();
        Assert.False(_disk.DirectoryExists(SmallLog.Directory + ".tmp"));
        SmallLog.Open(_disk).Log.Dispose();
    }

    [Fact]
    public void Create_ParentsMissing_Created()
    {
        using WriteAheadLog log = WriteAheadLog.Create(_disk, "/mnt/fast/wal/", SmallLog.Metadata.Encode(), SmallLog.Options);
        Assert.True(WriteAheadLog.Exists(_disk, "/mnt/fast/wal"));
    }

    [Fact]
    public void Create_ParentCannotBeSynced_SetAside()
    {
        _disk.Fault = static op => op is { Kind: DiskOperationKind.SyncDirectory, Path: "/member" } ? DiskFault.Error : DiskFault.None;
        Assert.ThrowsAny<IOException>(() => SmallLog.Create(_disk));
        Assert.False(WriteAheadLog.Exists(_disk, SmallLog.Directory));
        Assert.StartsWith("wal.broken.", Assert.Single(_disk.List("/member")), StringComparison.Ordinal);
    }

    [Fact]
    public void Save_Batch_OneWriteAndOneSync()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        List<DiskOperationKind> kinds = Record(() => log.Save(new HardState(2, 1, 0), [SmallLog.Entry(1), SmallLog.Entry(2), SmallLog.Entry(3)]));
        Assert.Equal([DiskOperationKind.Write, DiskOperationKind.Sync], kinds);
    }

    [Fact]
    public void Save_CommitAlone_WrittenWithTheNextBatch()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        log.Save(new HardState(2, 1, 0), [SmallLog.Entry(1)]);
        Assert.Empty(Record(() => log.Save(new HardState(2, 1, 1), default)));
        Assert.Equal([DiskOperationKind.Write, DiskOperationKind.Sync], Record(log.Sync));
        log.Dispose();
        Assert.Equal(new HardState(2, 1, 1), WalReader.Verify(_disk, SmallLog.Directory, default));
    }

    [Theory]
    [InlineData(3ul, 1ul)]
    [InlineData(2ul, 9ul)]
    public void Save_TermOrVoteChanged_Synced(ulong term, ulong vote)
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        log.Save(new HardState(2, 1, 0), default);
        Assert.Equal([DiskOperationKind.Write, DiskOperationKind.Sync], Record(() => log.Save(new HardState(term, vote, 0), default)));
    }

    [Fact]
    public void Save_Nothing_DoesNothing()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        Assert.Empty(Record(() => log.Save(default, default)));
    }

    [Fact]
    public void Save_NoFsync_NeverSyncsData()
    {
        using WriteAheadLog log = SmallLog.Create(_disk, SmallLog.Options with { NoFsync = true });
        List<DiskOperationKind> kinds = Record(() =>
        {
            log.Save(new HardState(2, 1, 0), [SmallLog.Entry(1, 1, 5000)]);
            log.SaveSnapshot(new WalSnapshot(1, 1));
        });
        Assert.DoesNotContain(DiskOperationKind.Sync, kinds);
        Assert.Contains(DiskOperationKind.Write, kinds);
    }

    [Fact]
    public void Save_Gap_RefusedBeforeAnythingIsWritten()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        log.Save(default, [SmallLog.Entry(1), SmallLog.Entry(2)]);
        Assert.Throws<InvariantException>(() => log.Save(default, [SmallLog.Entry(4)]));
        Assert.Throws<InvariantException>(() => log.Save(default, [SmallLog.Entry(3), SmallLog.Entry(5)]));
        Assert.Throws<InvariantException>(() => log.Save(default, [SmallLog.Entry(3), SmallLog.Entry(3)]));
        log.Save(default, [SmallLog.Entry(3)]);
        Assert.Equal([1ul, 2, 3], WalReader.Read(_disk, SmallLog.Directory, default).Entries.Select(static e => e.Index));
    }

    [Fact]
    public void Save_ReachesSegmentSize_CutsInEtcdsOrder()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        log.Save(new HardState(2, 1, 0), [SmallLog.Entry(1)]);
        List<DiskOperation> operations = [];
        _disk.Fault = operation =>
        {
            operations.Add(operation);
            return DiskFault.None;
        };
        log.Save(default, [SmallLog.Entry(2, 2, 4000)]);
        _disk.Fault = null;
        string next = SmallLog.SegmentPath(1, 3);
        Assert.Equal(
            [
                (DiskOperationKind.Write, "0000000000000000-0000000000000000.wal"),
                (DiskOperationKind.Sync, "0000000000000000-0000000000000000.wal"),
                (DiskOperationKind.CreateFile, "0.tmp"),
                (DiskOperationKind.Preallocate, "0.tmp"),
                (DiskOperationKind.Write, "0.tmp"),
                (DiskOperationKind.Sync, "0.tmp"),
                (DiskOperationKind.Rename, "0.tmp"),
                (DiskOperationKind.SyncDirectory, "wal"),
            ],
            operations.Select(static o => (o.Kind, Path.GetFileName(o.Path))));
        Assert.Equal(SmallLog.Options.SegmentBytes, _disk.ReadAllBytes(next).Length);
        log.Save(default, [SmallLog.Entry(3, 2)]);
        WalContents contents = WalReader.Read(_disk, SmallLog.Directory, default);
        Assert.Equal([1ul, 2, 3], contents.Entries.Select(static e => e.Index));
        Assert.Equal(new HardState(2, 1, 0), contents.HardState);
    }

    [Fact]
    public void Save_ExactlyFull_OldSegmentEndsAtItsLastRecord()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        for (ulong index = 1; _disk.List(SmallLog.Directory).Count == 1; index++)
            log.Save(default, [SmallLog.Entry(index, 1, 100)]);
        byte[] full = _disk.ReadAllBytes(SmallLog.FirstSegment);
        Assert.True(full.Length >= SmallLog.Options.SegmentBytes);
        Assert.Equal(full.Length, Assert.Single(FrameEnds(full)));
    }

    [Fact]
    public void Save_BatchLargerThanTheBuffer_WrittenInPieces()
    {
        using WriteAheadLog log = SmallLog.Create(_disk, SmallLog.Options with { SegmentBytes = 64_000_000 });
        Entry[] batch = [.. Enumerable.Range(1, 50).Select(static i => SmallLog.Entry((ulong)i, 1, 100_000))];
        List<DiskOperationKind> kinds = Record(() => log.Save(default, batch));
        Assert.InRange(kinds.Count(static k => k == DiskOperationKind.Write), 4, 6);
        Assert.Equal(1, kinds.Count(static k => k == DiskOperationKind.Sync));
        Assert.Equal(SmallLog.Show(batch), SmallLog.Show(WalReader.Read(_disk, SmallLog.Directory, default).Entries));
    }

    [Fact]
    public void Dialect_ChangedAtRunTime_NextEntriesUseIt()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        log.Save(default, [new Entry(1, 1, EntryType.Normal, default)]);
        log.Dialect = WireDialect.V37;
        log.Save(default, [new Entry(1, 2, EntryType.Normal, default)]);
        string segment = Convert.ToHexStringLower(_disk.ReadAllBytes(SmallLog.FirstSegment));
        Assert.Contains("1a06" + "080010011801", segment, StringComparison.Ordinal);
        Assert.Contains("1a04" + "10011802", segment, StringComparison.Ordinal);
    }

    [Fact]
    public void Save_AfterAFailedSync_SameErrorForEver()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        _disk.Fault = static operation => operation.Kind == DiskOperationKind.Sync ? DiskFault.Error : DiskFault.None;
        WalFailedException first = Assert.Throws<WalFailedException>(() => log.Save(default, [SmallLog.Entry(1)]));
        Assert.False(first.IsNoSpace);
        Assert.Contains(SmallLog.FirstSegment, first.Message, StringComparison.Ordinal);
        _disk.Fault = null;
        long operations = _disk.Operations;
        foreach (Action call in (Action[])[() => log.Save(default, [SmallLog.Entry(1)]), log.Sync, () => log.SaveSnapshot(new WalSnapshot(1, 1))])
            Assert.Equal(first.Message, Assert.Throws<WalFailedException>(call).Message);
        Assert.Equal(operations, _disk.Operations);
    }

    [Fact]
    public void Save_DiskFull_SaysSoAndKeepsWhatWasAcknowledged()
    {
        using WriteAheadLog log = SmallLog.Create(_disk);
        log.Save(default, [SmallLog.Entry(1)]);
        _disk.CapacityBytes = _disk.UsedBytes + 4096;
        WalFailedException e = Assert.Throws<WalFailedException>(() => log.Save(default, [SmallLog.Entry(2, 1, 100_000)]));
        Assert.True(e.IsNoSpace);
        Assert.Contains("the disk is full", e.Message, StringComparison.Ordinal);
        log.Dispose();
        WalRecovery recovery = SmallLog.Open(_disk);
        using WriteAheadLog again = recovery.Log;
        Assert.Null(recovery.Repair); // The half-written batch was taken back.
        Assert.Equal([1ul], recovery.Entries.Select(static entry => entry.Index));
    }

    [Fact]
    public void Save_DiskFullWhenPreparedButNotAtTheCut_Succeeds()
    {
        _disk.CapacityBytes = 4096 * 2; // The first segment and no second.
        using WriteAheadLog log = SmallLog.Create(_disk, SmallLog.Options with { PreparesSegmentsInBackground = true });
        _disk.CapacityBytes = long.MaxValue;
        log.Save(default, [SmallLog.Entry(1, 1, 4090)]);
        Assert.True(_disk.FileExists(SmallLog.SegmentPath(1, 2)));
    }

    [Fact]
    public void Dispose_BackgroundSegmentPrepared_Deleted()
    {
        using var folder = new TempDirectory();
        var options = new WalOptions { SegmentBytes = 100_000 };
        string directory = folder.Combine("wal");
        List<string> created = [];
        using (WriteAheadLog log = WriteAheadLog.Create(RealFileSystem.Instance, directory, SmallLog.Metadata.Encode(), options with { SegmentCreated = created.Add }))
        {
            for (ulong index = 1; index <= 50; index++)
                log.Save(new HardState(1, 1, index - 1), [SmallLog.Entry(index, 1, 10_000)]);
        }
        Assert.Equal(created.Prepend(Path.Combine(directory, Path.GetFileName(SmallLog.FirstSegment))), Directory.GetFiles(directory).Order(StringComparer.Ordinal));
        Assert.Equal(5, created.Count);
        WalRecovery recovery = WriteAheadLog.Open(RealFileSystem.Instance, directory, default, options);
        recovery.Log.Dispose();
        Assert.Equal(50, recovery.Entries.Count);
    }

    [Fact]
    public void Observers_SaveAndCut_ToldBytesSyncsAndSegments()
    {
        long bytes = 0;
        int syncs = 0;
        List<string> created = [];
        WalOptions options = SmallLog.Options with { Written = count => bytes += count, Synced = _ => syncs++, SegmentCreated = created.Add };
        using WriteAheadLog log = SmallLog.Create(_disk, options);
        Assert.Equal((80L, 1), (bytes, syncs));
        log.Save(default, [SmallLog.Entry(1, 1, 5000)]);
        Assert.Equal(3, syncs);
        Assert.Equal([SmallLog.SegmentPath(1, 2)], created);
        Assert.Equal(_disk.ReadAllBytes(SmallLog.FirstSegment).Length + 56, bytes);
    }

    [Fact]
    public void Disposed_AnyCall_Throws()
    {
        WriteAheadLog log = SmallLog.Create(_disk);
        log.Dispose();
        log.Dispose();
        Assert.Throws<ObjectDisposedException>(() => log.Save(default, [SmallLog.Entry(1)]));
        Assert.Throws<ObjectDisposedException>(() => log.ReleaseLockTo(1));
        SmallLog.Open(_disk).Log.Dispose();
    }

    private List<DiskOperationKind> Record(Action action)
    {
        List<DiskOperationKind> kinds = [];
        _disk.Fault = operation =>
        {
            kinds.Add(operation.Kind);
            return DiskFault.None;
        };
        action();
        _disk.Fault = null;
        return kinds;
    }

    private static IEnumerable<long> FrameEnds(byte[] segment)
    {
        CrashDisk disk = SmallLog.DiskWith(segment);
        yield return SmallLog.FrameOffsets(disk)[^1];
    }
}
