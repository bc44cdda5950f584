using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.TestKit.Disks;
using Etcd.Wal.Records;

namespace Etcd.Wal.Tests;

/// <summary>Any bytes in a segment yield a log or a typed error.</summary>
public sealed class LogFuzz
{
    private const int Rounds = 6000;
    private const int Seed = 97;

    [Fact]
    public void Open_MutatedSegment_LogOrTypedError()
    {
        var random = new Random(Seed);
        byte[] good = GoodSegment();
        int opened = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] bytes = Mutate(good, random);
            try
            {
                CrashDisk disk = SmallLog.DiskWith(bytes);
                WalReader.ValidSnapshots(disk, SmallLog.Directory);
                WalRecovery recovery = SmallLog.Open(disk);
                recovery.Log.Dispose();
                Assert.Null(WalReader.Read(disk, SmallLog.Directory, default).Torn); // What was opened once is clean.
                opened++;
            }
            catch (Exception e) when (e is CorruptException or WalException)
            {
                // Expected of most mutations.
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {Seed}, round {round}: {e}");
            }
        }
        Assert.InRange(opened, Rounds / 50, Rounds / 2);
    }

    // A value may hold what looks like log records, e.g. a backup of another log. A torn record around it is still only torn.
    [Fact]
    public void Open_TornRecordWhoseValueHoldsRecords_Repaired()
    {
        byte[] inner = GoodSegment();
        CrashDisk disk = SmallLog.EmptyDisk();
        using (WriteAheadLog log = SmallLog.Create(disk))
        {
            log.Save(default, [SmallLog.Entry(1)]);
            log.Save(default, [new Entry(1, 2, EntryType.Normal, inner)]);
        }
        long[] frames = SmallLog.FrameOffsets(disk);
        byte[] whole = disk.ReadAllBytes(SmallLog.FirstSegment);
        for (long length = frames[^2] + 8; length < frames[^1]; length += 7)
        {
            WalRecovery recovery = SmallLog.Open(SmallLog.DiskWith(whole[..(int)length]));
            recovery.Log.Dispose();
            Assert.Equal(frames[^2], recovery.Repair!.Tail.Offset);
        }
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        byte[] bytes = random.Next(5) == 0 ? good[..random.Next(good.Length)] : [.. good];
        for (int i = random.Next(1, 4); i > 0 && bytes.Length > 0; i--)
        {
            int at = random.Next(Math.Min(bytes.Length, 1200));
            int count = Math.Min(bytes.Length - at, random.Next(1, 40));
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.AsSpan(at, count).Clear();
                    break;
                case 2:
                    random.NextBytes(bytes.AsSpan(at, count));
                    break;
                default:
                    bytes.AsSpan(random.Next(bytes.Length - count + 1), count).CopyTo(bytes.AsSpan(at));
                    break;
            }
        }
        return bytes;
    }

    private static byte[] GoodSegment()
    {
        var records = new RecordWriter(0);
        records.AppendCrc();
        records.AppendMetadata(SmallLog.Metadata.Encode());
        records.AppendSnapshot(default);
        for (ulong index = 1; index <= 15; index++)
        {
            records.AppendEntry(SmallLog.Entry(index), (WireDialect)(index % 3));
            records.AppendState(new HardState(1, index % 4, index - 1));
        }
        byte[] segment = new byte[2048];
        records.Pending.CopyTo(segment);
        return segment;
    }
}
