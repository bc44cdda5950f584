using System.Globalization;
using System.Text.Json.Nodes;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;
using Etcd.TestKit.Disks;
using Etcd.Wal.Records;
using Etcd.Wal.Segments;
using Etcd.Wal.Snapshots;

namespace Etcd.Wal.Tests;

/// <summary>Logs and snapshot files of real servers: we read what an independent decoder read, and write the same bytes.</summary>
public sealed class GoldenLogTests
{
    private const string LogDirectory = "/member/wal";

    [Theory]
    [MemberData(nameof(GoldenMember.Names), MemberType = typeof(GoldenMember))]
    public void TryRead_EveryRecord_EqualsDecodedJson(string name)
    {
        GoldenMember member = GoldenMember.Load(name);
        CrashDisk disk = DiskWithLog(member);
        using SegmentSet segments = OpenAll(disk);
        var reader = new RecordReader(segments.Items);
        foreach (JsonNode? segment in member.Decoded["wal"]!.AsArray())
        {
            foreach (JsonNode? expected in segment!["records"]!.AsArray())
            {
                Assert.True(reader.TryRead(out WalRecord record));
                Assert.Equal(Describe(expected!), Describe(record, expected!));
                Assert.Equal((string)segment["file"]!, Path.GetFileName(record.Path));
            }
            Assert.Equal((long)segment["end_of_records"]!, reader.EndOffset);
        }
        Assert.False(reader.TryRead(out _));
        Assert.Null(reader.Torn);
    }

    [Theory]
    [MemberData(nameof(GoldenMember.Names), MemberType = typeof(GoldenMember))]
    public void Save_RecordByRecord_WritesTheSameFiles(string name)
    {
        GoldenMember member = GoldenMember.Load(name);
        CrashDisk source = DiskWithLog(member);
        var target = new CrashDisk(seed: 1);
        GoldenFile[] segments = [.. member.Segments];
        var options = new WalOptions
        {
            Dialect = member.Dialect,
            // A set of one segment never reaches its size; of two, the first was cut exactly at its length.
            SegmentBytes = segments[0].Length,
            PreparesSegmentsInBackground = false,
        };
        using (WriteAheadLog log = Rewrite(source, target, options))
            log.Sync();
        foreach (GoldenFile segment in segments)
        {
            byte[] written = target.ReadAllBytes(Path.Combine(LogDirectory, segment.Name));
            Assert.True(written.AsSpan(0, segment.Bytes.Length).SequenceEqual(segment.Bytes), $"{segment.Name} differs");
            Assert.False(written.AsSpan(segment.Bytes.Length).ContainsAnyExcept((byte)0));
        }
        Assert.Equal(segments.Length, target.List(LogDirectory).Count);
    }

    [Theory]
    [MemberData(nameof(GoldenMember.Names), MemberType = typeof(GoldenMember))]
    public void ConfChange_InEveryLog_EncodesToTheSameBytes(string name)
    {
        GoldenMember member = GoldenMember.Load(name);
        WalContents contents = WalReader.Read(DiskWithLog(member), LogDirectory, default);
        Entry[] changes = [.. contents.Entries.Where(static entry => entry.Type == EntryType.ConfChange)];
        Assert.NotEmpty(changes);
        foreach (Entry entry in changes)
        {
            byte[] bytes = ConfChangeCodec.Encode(ConfChangeCodec.Read(entry.Data), member.Dialect);
            Assert.Equal(entry.Data.Span, bytes);
        }
    }

    [Theory]
    [MemberData(nameof(GoldenMember.Names), MemberType = typeof(GoldenMember))]
    public void Open_WholeLog_MetadataStateAndEntriesOfTheDecoder(string name)
    {
        GoldenMember member = GoldenMember.Load(name);
        CrashDisk disk = DiskWithLog(member);
        WalRecovery recovery = WriteAheadLog.Open(disk, LogDirectory, default, new WalOptions { PreparesSegmentsInBackground = false });
        using WriteAheadLog log = recovery.Log;
        Assert.Null(recovery.Repair);
        Assert.Null(recovery.Discarded);
        JsonNode[] records = [.. member.Decoded["wal"]!.AsArray().SelectMany(static segment => segment!["records"]!.AsArray()).Select(static r => r!)];
        JsonNode metadata = records.First(static r => (string)r["type"]! == "metadata");
        Assert.Equal((string)metadata["node_id"]!, $"{recovery.Metadata.NodeId:x}");
        Assert.Equal((string)metadata["cluster_id"]!, $"{recovery.Metadata.ClusterId:x}");
        JsonNode state = records.Last(static r => (string)r["type"]! == "state");
        Assert.Equal(new HardState((ulong)state["term"]!, (ulong)state["vote"]!, (ulong)state["commit"]!), recovery.HardState);
        Assert.Equal(
            records.Where(static r => (string)r["type"]! == "entry").Select(static r => (ulong)r["index"]!).Distinct(),
            recovery.Entries.Select(static e => e.Index));
    }

    [Theory]
    [MemberData(nameof(GoldenMember.Names), MemberType = typeof(GoldenMember))]
    public void SnapshotFile_InEverySet_ReadsAndEncodesToTheSameBytes(string name)
    {
        GoldenMember member = GoldenMember.Load(name);
        JsonArray expected = member.Decoded["snap"]!.AsArray();
        Assert.Equal(expected.Count, member.Snapshots.Count());
        foreach (GoldenFile file in member.Snapshots)
        {
            JsonNode decoded = expected.Single(node => (string)node!["file"]! == file.Name)!;
            Snapshot snapshot = SnapshotFileCodec.Read(file.Path, file.Bytes);
            Assert.Equal((ulong)decoded["index"]!, snapshot.Metadata.Index);
            Assert.Equal((ulong)decoded["term"]!, snapshot.Metadata.Term);
            Assert.Equal(decoded["conf_state"]!["voters"]!.AsArray().Select(static v => (ulong)v!), snapshot.Metadata.ConfState.Voters);
            Assert.Equal((int)decoded["data_len"]!, snapshot.Data.Length);
            Assert.Equal(file.Bytes, SnapshotFileCodec.Encode(snapshot));
        }
    }

    [Theory]
    [MemberData(nameof(GoldenMember.Names), MemberType = typeof(GoldenMember))]
    public void ValidSnapshots_EverySet_AllThatWereCommitted(string name)
    {
        GoldenMember member = GoldenMember.Load(name);
        JsonNode[] records = [.. member.Decoded["wal"]!.AsArray().SelectMany(static segment => segment!["records"]!.AsArray()).Select(static r => r!)];
        IReadOnlyList<WalSnapshot> valid = WalReader.ValidSnapshots(DiskWithLog(member), LogDirectory);
        Assert.Equal(
            records.Where(static r => (string)r["type"]! == "snapshot").Select(static r => ((ulong)r["index"]!, (ulong)r["term"]!)),
            valid.Select(static s => (s.Index, s.Term)));
        foreach (WalSnapshot snapshot in valid)
        {
            WalContents contents = WalReader.Read(DiskWithLog(member), LogDirectory, snapshot);
            Assert.All(contents.Entries, entry => Assert.True(entry.Index > snapshot.Index));
        }
    }

    private static CrashDisk DiskWithLog(GoldenMember member)
    {
        var disk = new CrashDisk(seed: 1);
        disk.CreateDirectory("/member");
        member.InstallLog(disk, LogDirectory);
        return disk;
    }

    private static SegmentSet OpenAll(IFileSystem disk)
    {
        var directory = new SegmentDirectory(disk, LogDirectory);
        return directory.OpenForRead(directory.List().Names);
    }

    /// <summary>Saves what a log holds, one record at a time, through the public surface.</summary>
    private static WriteAheadLog Rewrite(IFileSystem source, IFileSystem target, WalOptions options)
    {
        using SegmentSet segments = OpenAll(source);
        var reader = new RecordReader(segments.Items);
        WriteAheadLog? log = null;
        while (reader.TryRead(out WalRecord record))
        {
            // Header records of every segment, and the first snapshot, are written by the log itself.
            bool isHeader = Path.GetFileName(record.Path)[..16].Any(static digit => digit != '0') && record.Offset < 80;
            switch (record.Type)
            {
                case RecordType.Metadata when log is null:
                    log = WriteAheadLog.Create(target, LogDirectory, record.Data.Span, options);
                    break;
                case RecordType.Snapshot when record.Offset != 56:
                    log!.SaveSnapshot(WalSnapshot.Read(record.Data.Span));
                    break;
                case RecordType.State when !isHeader:
                    log!.Save(HardStateCodec.Read(record.Data.Span), default);
                    break;
                case RecordType.Entry:
                    log!.Save(default, [EntryCodec.Read(record.Data)]);
                    break;
                default:
                    break;
            }
        }
        return log!;
    }

    private static string Describe(JsonNode record)
    {
        string text = $"{record["offset"]} {record["type"]} {record["crc"]}";
        return (string)record["type"]! switch
        {
            "entry" => $"{text} {record["term"]} {record["index"]} {record["entry_type"]} {EntryData(record)}",
            "crc" => text,
            _ => $"{text} {record["data_hex"]}",
        };
    }

    private static string Describe(in WalRecord record, JsonNode expected)
    {
        string text = $"{record.Offset} {record.Type.ToString().ToLowerInvariant()} {record.Crc.ToString("x8", CultureInfo.InvariantCulture)}";
        if (record.Type == RecordType.Crc)
            return text;
        if (record.Type != RecordType.Entry)
            return $"{text} {Convert.ToHexStringLower(record.Data.Span)}";
        Entry entry = EntryCodec.Read(record.Data);
        string data = Convert.ToHexStringLower(entry.Data.Span);
        if (expected["entry_data_len"] is not null)
            data = $"{entry.Data.Length}:{data[..((string)expected["entry_data_hex_head"]!).Length]}";
        return $"{text} {entry.Term} {entry.Index} Entry{entry.Type} {data}";
    }

    private static string EntryData(JsonNode record) =>
        record["entry_data_len"] is { } length ? $"{length}:{record["entry_data_hex_head"]}" : $"{record["entry_data_hex"]}";
}
