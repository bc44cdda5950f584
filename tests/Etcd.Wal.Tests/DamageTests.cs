using System.Buffers.Binary;
using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.TestKit.Disks;
using Etcd.Wal.Records;

namespace Etcd.Wal.Tests;

/// <summary>Damage that no power cut explains must be refused, not repaired: acknowledged entries are behind it.</summary>
public sealed class DamageTests
{
    [Fact]
    public void Open_AnyBitFlipped_RefusedOrNothingLost()
    {
        Sample good = SampleSegment();
        List<string> missed = [];
        for (int bit = 0; bit < good.Frames[^1] * 8; bit++)
        {
            byte[] bytes = [.. good.Bytes];
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                if (!IsWhole(SmallLog.DiskWith(bytes), good))
                    missed.Add($"byte {bit / 8}, bit {bit % 8}, frame {good.Frames.Last(f => f <= bit / 8)}");
            }
            catch (CorruptException e)
            {
                Assert.Equal(SmallLog.FirstSegment, e.File);
            }
        }
        Assert.Empty(missed);
    }

    [Fact]
    public void Open_LengthWordReplaced_RefusedWhateverItIs()
    {
        Sample good = SampleSegment();
        var random = new Random(5);
        foreach (long frame in good.Frames[2..^2]) // Not the last: of that, a torn tail is a fair guess.
        {
            for (int round = 0; round < 200; round++)
            {
                byte[] bytes = [.. good.Bytes];
                ulong word = (ulong)random.NextInt64() >> random.Next(64);
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan((int)frame), word);
                if (bytes.SequenceEqual(good.Bytes) || (word == 0 && (frame + 8) % 512 == 0))
                    continue;
                CorruptException e = Assert.Throws<CorruptException>(() => SmallLog.Open(SmallLog.DiskWith(bytes)));
                Assert.Equal(frame, e.Offset);
            }
        }
    }

    [Fact]
    public void Open_LengthWordAndRecordDestroyed_RefusedBecauseRecordsFollow()
    {
        Sample good = SampleSegment();
        byte[] bytes = [.. good.Bytes];
        bytes.AsSpan((int)good.Frames[4], 16).Fill(0x77);
        CorruptException e = Assert.Throws<CorruptException>(() => SmallLog.Open(SmallLog.DiskWith(bytes)));
        Assert.Contains($"intact records follow at offset {good.Frames[5]}", e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FirstSegmentOfTwoTorn_RefusedBecauseMoreFollow()
    {
        CrashDisk disk = SmallLog.EmptyDisk();
        using (WriteAheadLog log = SmallLog.Create(disk))
        {
            log.Save(default, [SmallLog.Entry(1, 1, 5000)]);
            log.Save(default, [SmallLog.Entry(2)]);
        }
        using (var file = disk.OpenFile(SmallLog.FirstSegment, Etcd.Foundation.Files.FileOpenMode.ReadWrite))
            file.SetLength(file.Length - 8);
        CorruptException e = Assert.Throws<CorruptException>(() => SmallLog.Open(disk));
        Assert.Equal(SmallLog.FirstSegment, e.File);
        Assert.Contains("more segments follow", e.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("entry 2 has type 7")]
    [InlineData("entry 2 has term 1, but the one before it has term 2")]
    [InlineData("the hard state goes back")]
    [InlineData("would replace one of term 2 that is committed")]
    [InlineData("slice bounds out of range, snapshot[Index: 0, Term: 0], current entry[Index: 9, Term: 2], len(ents): 1")]
    [InlineData("conflicting metadata found")]
    [InlineData("snapshot mismatch")]
    public void Open_RecordsThatContradictEachOther_Refused(string expected)
    {
        var records = new RecordWriter(0);
        records.AppendCrc();
        records.AppendMetadata(SmallLog.Metadata.Encode());
        records.AppendSnapshot(new WalSnapshot(0, expected.StartsWith("snapshot", StringComparison.Ordinal) ? 1ul : 0));
        records.AppendEntry(SmallLog.Entry(1, 2), WireDialect.V37);
        records.AppendState(new HardState(2, 0, 1));
        switch (expected[..5])
        {
            case "entry":
                records.AppendEntry(SmallLog.Entry(2, 1) with { Type = (EntryType)(expected.Contains("type", StringComparison.Ordinal) ? 7 : 0) }, WireDialect.V37);
                break;
            case "the h":
                records.AppendState(new HardState(2, 0, 0));
                break;
            case "would":
                records.AppendEntry(SmallLog.Entry(1, 3), WireDialect.V37);
                break;
            case "slice":
                records.AppendEntry(SmallLog.Entry(9, 2), WireDialect.V37);
                break;
            default:
                records.AppendMetadata([8, 1, 16, 1]);
                break;
        }
        byte[] segment = new byte[4096];
        records.Pending.CopyTo(segment);
        CorruptException e = Assert.Throws<CorruptException>(() => SmallLog.Open(SmallLog.DiskWith(segment)));
        Assert.Contains(expected, e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_UnknownRecordType_RefusedWithEtcdsText()
    {
        var records = new RecordWriter(0);
        records.AppendCrc();
        records.AppendMetadata(SmallLog.Metadata.Encode());
        records.AppendSnapshot(default);
        byte[] segment = new byte[4096];
        records.Pending.CopyTo(segment);
        int typeOfSnapshot = records.Pending.Length - 24 + 9; // The last frame: word 8, tag 1, type.
        segment[typeOfSnapshot] = 9;
        CorruptException e = Assert.Throws<CorruptException>(() => SmallLog.Open(SmallLog.DiskWith(segment)));
        Assert.Equal("unexpected block type 9", e.Reason);
    }

    [Fact]
    public void Open_ChecksumMismatch_NamesFileOffsetExpectedAndFound()
    {
        Sample good = SampleSegment();
        byte[] bytes = [.. good.Bytes];
        bytes[good.Frames[5] - 9] ^= 1;
        CorruptException e = Assert.Throws<CorruptException>(() => SmallLog.Open(SmallLog.DiskWith(bytes)));
        Assert.Matches(
            $"^walpb: crc mismatch: expected: [0-9a-f]+ computed: [0-9a-f]+: in file '0000000000000000-0000000000000000.wal' at position: {good.Frames[4]}$",
            e.Reason);
        Assert.Equal(good.Frames[4], e.Offset);
    }

    private static bool IsWhole(CrashDisk disk, Sample good)
    {
        IReadOnlyList<WalSnapshot> snapshots = WalReader.ValidSnapshots(disk, SmallLog.Directory);
        WalRecovery recovery = SmallLog.Open(disk);
        using WriteAheadLog log = recovery.Log;
        return SmallLog.Show(recovery.Entries).SequenceEqual(good.Entries)
            && recovery.HardState == good.State
            && recovery.Metadata == SmallLog.Metadata
            && snapshots.SequenceEqual(good.Snapshots);
    }

    private static Sample SampleSegment()
    {
        CrashDisk disk = SmallLog.EmptyDisk();
        using (WriteAheadLog log = SmallLog.Create(disk))
        {
            log.Save(new HardState(3, 0, 0), default); // Exactly 16 bytes long: one bit makes its length word zero.
            log.Save(default, [SmallLog.Entry(1, 3), SmallLog.Entry(2, 3, 700)]);
            log.Save(new HardState(3, 17, 2), [SmallLog.Entry(3, 3, 0)]);
            log.SaveSnapshot(new WalSnapshot(2, 3, new ConfState { Voters = [17] }));
            log.Save(new HardState(4, 17, 3), [SmallLog.Entry(3, 4, 5), new Entry(4, 4, EntryType.ConfChange, new byte[40])]);
            log.Save(new HardState(4, 17, 4), default);
            log.Sync();
        }
        WalContents contents = WalReader.Read(disk, SmallLog.Directory, default);
        return new Sample(
            disk.ReadAllBytes(SmallLog.FirstSegment),
            SmallLog.Show(contents.Entries),
            contents.HardState,
            WalReader.ValidSnapshots(disk, SmallLog.Directory),
            SmallLog.FrameOffsets(disk));
    }

    private sealed record Sample(byte[] Bytes, string[] Entries, HardState State, IReadOnlyList<WalSnapshot> Snapshots, long[] Frames);
}
