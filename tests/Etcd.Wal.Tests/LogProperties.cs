using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;
using Etcd.TestKit;
using Etcd.TestKit.Disks;
using Etcd.Wal.Records;

namespace Etcd.Wal.Tests;

public sealed class LogProperties
{
    [Fact]
    public void Save_RandomWorkWithReopens_EqualsTheTwin()
    {
        for (int seed = 100; seed < 140; seed++)
        {
            var twin = new LogTwin();
            CrashDisk disk = SmallLog.EmptyDisk(seed);
            new RandomWork(seed, twin).Run(disk, steps: 150);
            WalRecovery recovery = SmallLog.Open(disk, RandomWork.Options);
            recovery.Log.Dispose();
            twin.AssertAllows(recovery.Entries, recovery.HardState, $"seed {seed}, at the end");
        }
    }

    [Fact]
    public void Save_RandomWorkOnTheRealDisk_EqualsTheTwin()
    {
        using var folder = new TempDirectory();
        var twin = new LogTwin();
        string directory = folder.Combine("wal");
        WalOptions options = RandomWork.Options with { PreparesSegmentsInBackground = true };
        using (WriteAheadLog log = WriteAheadLog.Create(RealFileSystem.Instance, directory, SmallLog.Metadata.Encode(), options))
        {
            for (ulong index = 1; index <= 200; index++)
            {
                Entry entry = SmallLog.Entry(index, 1, (int)index * 3);
                twin.Begin(new HardState(1, 1, index - 1), [entry]);
                log.Save(new HardState(1, 1, index - 1), [entry]);
                twin.Acknowledge();
            }
        }
        WalContents contents = WalReader.Read(RealFileSystem.Instance, directory, default);
        twin.AssertAllows(contents.Entries, contents.HardState, "on the real disk");
    }

    [Fact]
    public void FrameLength_AnyRecordSize_RoundTripsAndKeepsFramesAligned()
    {
        for (int size = 1; size < 5000; size++)
        {
            FrameLength length = FrameLength.For(size);
            Assert.Equal(length, FrameLength.Decode(length.Encode()));
            Assert.Equal(0, length.FrameBytes % 8);
            Assert.True(FrameLength.IsWellFormed(length.Encode()));
            Assert.False(FrameLength.IsWellFormed(length.Encode() ^ (1UL << 60)));
            Assert.False(FrameLength.IsWellFormed(length.Encode() ^ 1));
        }
    }

    // Spec disk §2.1.
    [Theory]
    [InlineData(4, 0x8400000000000004)]
    [InlineData(32, 0x20)]
    [InlineData(14, 0x820000000000000e)]
    public void FrameLength_GoldenWords_Match(int recordBytes, ulong word) => Assert.Equal(word, FrameLength.For(recordBytes).Encode());
}
