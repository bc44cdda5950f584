using System.Text.Json.Nodes;
using Etcd.Foundation;
using Etcd.Foundation.Files;
using Etcd.TestKit;
using Etcd.TestKit.Disks;
using Etcd.Wal.Snapshots;

namespace Etcd.Wal.Tests;

/// <summary>The damaged directories of tests/Golden/corrupted: we answer as the real servers did, but for one deliberate difference.</summary>
public sealed class GoldenDamageTests
{
    private const string LogDirectory = "/member/wal", SnapDirectory = "/member/snap";

    private static readonly JsonNode s_variants = JsonNode.Parse(File.ReadAllText(Path.Combine(Golden.Root, "corrupted", "corrupted.json")))!;

    [Theory]
    [InlineData("v34-mixed")]
    [InlineData("v35-mixed")]
    [InlineData("v37-mixed")]
    public void Open_UntouchedSet_NothingToRepair(string set)
    {
        WalRecovery recovery = Open(DiskWith(set));
        recovery.Log.Dispose();
        Assert.Null(recovery.Repair);
    }

    [Theory]
    [InlineData("v34-mixed/wal-torn-truncated")]
    [InlineData("v34-mixed/wal-torn-zeroed")]
    [InlineData("v34-mixed/wal-torn-lenfield")]
    [InlineData("v35-mixed/wal-torn-truncated")]
    [InlineData("v35-mixed/wal-torn-zeroed")]
    [InlineData("v35-mixed/wal-torn-lenfield")]
    [InlineData("v37-mixed/wal-torn-truncated")]
    [InlineData("v37-mixed/wal-torn-zeroed")]
    [InlineData("v37-mixed/wal-torn-lenfield")]
    public void Open_TornVariant_RepairedWithEtcdsError(string variant)
    {
        CrashDisk disk = DiskWithVariant(variant, out JsonNode node);
        byte[] found = disk.ReadAllBytes(Segment(disk));
        Assert.NotEmpty(WalReader.ValidSnapshots(disk, LogDirectory));
        WalRecovery recovery = Open(disk);
        recovery.Log.Dispose();
        if (variant.StartsWith("v37", StringComparison.Ordinal))
            Assert.Equal(ServerError(node, "repaired WAL"), recovery.Repair!.Tail.Error);
        Assert.StartsWith("unexpected EOF", recovery.Repair!.Tail.Error, StringComparison.Ordinal);
        Assert.Equal(found, disk.ReadAllBytes(recovery.Repair.BrokenPath));
        WalRecovery whole = Open(DiskWith(variant.Split('/')[0]));
        whole.Log.Dispose();
        Assert.Equal(SmallLog.Show(whole.Entries), SmallLog.Show(recovery.Entries)); // The last record of each set is a hard state.
    }

    [Theory]
    [InlineData("v34-mixed/wal-flip-middle")]
    [InlineData("v34-mixed/wal-flip-last")]
    [InlineData("v35-mixed/wal-flip-middle")]
    [InlineData("v35-mixed/wal-flip-last")]
    [InlineData("v37-mixed/wal-flip-middle")]
    [InlineData("v37-mixed/wal-flip-last")]
    public void ValidSnapshots_BitFlipped_RefusedWithEtcdsError(string variant)
    {
        CrashDisk disk = DiskWithVariant(variant, out JsonNode node);
        CorruptException first = Assert.Throws<CorruptException>(() => WalReader.ValidSnapshots(disk, LogDirectory));
        CorruptException second = Assert.Throws<CorruptException>(() => Open(disk));
        Assert.Equal(first.Message, second.Message);
        Assert.StartsWith(ServerError(node, "discovery failed"), first.Reason, StringComparison.Ordinal);
        if (variant.StartsWith("v37", StringComparison.Ordinal))
            Assert.Equal(ServerError(node, "discovery failed"), first.Reason);
        Assert.Equal([Path.GetFileName(Segment(disk))], disk.List(LogDirectory)); // Nothing was touched.
    }

    // Deliberate difference: 3.5 and 3.7 take the damaged length word for a torn tail and drop thousands of bytes of good records;
    // 3.4 refuses, as we do.
    [Theory]
    [InlineData("v34-mixed/wal-flip-len")]
    [InlineData("v35-mixed/wal-flip-len")]
    [InlineData("v37-mixed/wal-flip-len")]
    public void Open_LengthWordDamaged_RefusedAndNothingDropped(string variant)
    {
        CrashDisk disk = DiskWithVariant(variant, out JsonNode node);
        byte[] found = disk.ReadAllBytes(Segment(disk));
        CorruptException e = Assert.Throws<CorruptException>(() => WalReader.ValidSnapshots(disk, LogDirectory));
        Assert.Throws<CorruptException>(() => Open(disk));
        Assert.Contains("the record itself is intact", e.Reason, StringComparison.Ordinal);
        if (variant.StartsWith("v37", StringComparison.Ordinal))
            Assert.Contains(ServerError(node, "repaired WAL"), e.Reason, StringComparison.Ordinal);
        Assert.Equal(found, disk.ReadAllBytes(Segment(disk)));
    }

    [Theory]
    [InlineData("v34-mixed/wal-garbage-tail")]
    [InlineData("v35-mixed/wal-garbage-tail")]
    [InlineData("v37-mixed/wal-garbage-tail")]
    public void Open_GarbageTail_Zeroed(string variant)
    {
        CrashDisk disk = DiskWithVariant(variant, out _);
        WalRecovery recovery = Open(disk);
        recovery.Log.Dispose();
        Assert.NotNull(recovery.Discarded);
        Assert.Null(recovery.Repair);
        Assert.Equal(64_000_000, LengthOf(disk, Segment(disk)));
        Assert.Equal(DiskWith(variant.Split('/')[0]).ReadAllBytes(Segment(disk)), disk.ReadAllBytes(Segment(disk)));
    }

    [Theory]
    [InlineData("v34-mixed/wal-snap-record-missing")]
    [InlineData("v35-mixed/wal-snap-record-missing")]
    [InlineData("v37-mixed/wal-snap-record-missing")]
    public void LoadNewest_NewestFileHasNoRecord_NotChosen(string variant)
    {
        CrashDisk disk = DiskWithVariant(variant, out _);
        IReadOnlyList<WalSnapshot> valid = WalReader.ValidSnapshots(disk, LogDirectory);
        Assert.Equal([new WalSnapshot(0, 0)], valid);
        SnapshotLoad load = new SnapshotDirectory(disk, SnapDirectory).LoadNewest(valid);
        Assert.Null(load.Snapshot);
        Assert.Empty(load.Broken);
    }

    [Theory]
    [InlineData("v34-mixed/snap-flip", 51)]
    [InlineData("v35-mixed/snap-flip", 0)]
    public void LoadNewest_NewestFileDamaged_SetAsideAndNextTried(string variant, int expectedIndex)
    {
        CrashDisk disk = DiskWithVariant(variant, out JsonNode node);
        SnapshotLoad load = new SnapshotDirectory(disk, SnapDirectory).LoadNewest(WalReader.ValidSnapshots(disk, LogDirectory));
        Assert.Equal(expectedIndex, (int)(load.Snapshot?.Metadata.Index ?? 0));
        BrokenSnapshot broken = Assert.Single(load.Broken);
        Assert.StartsWith(ServerError(node, "failed to read a snap file"), broken.Error, StringComparison.Ordinal);
        string[] expectedNames = [.. node["result"]!["files_after"]!.AsArray().Select(static f => (string)f!).Where(static f => f.Contains(".snap", StringComparison.Ordinal)).Select(static f => Path.GetFileName(f)!)];
        Assert.Equal(expectedNames, disk.List(SnapDirectory).Where(static name => name != "db"));
    }

    private static WalRecovery Open(CrashDisk disk) =>
        WriteAheadLog.Open(disk, LogDirectory, default, new WalOptions { PreparesSegmentsInBackground = false });

    private static string Segment(CrashDisk disk) => Path.Combine(LogDirectory, disk.List(LogDirectory).First(static n => n.EndsWith(".wal", StringComparison.Ordinal)));

    private static string ServerError(JsonNode variant, string message) =>
        (string)variant["result"]!["log"]!.AsArray().First(line => (string)line!["msg"]! == message)!["error"]!;

    private static CrashDisk DiskWith(string set)
    {
        var disk = new CrashDisk(seed: 1);
        disk.CreateDirectory("/member");
        disk.CreateDirectory(SnapDirectory);
        GoldenMember member = GoldenMember.Load(set);
        member.InstallLog(disk, LogDirectory);
        foreach (GoldenFile snapshot in member.Snapshots)
            disk.Install(Path.Combine(SnapDirectory, snapshot.Name), snapshot.Bytes);
        return disk;
    }

    private static CrashDisk DiskWithVariant(string variant, out JsonNode node)
    {
        node = s_variants[variant]!;
        CrashDisk disk = DiskWith((string)node["base"]!);
        foreach (JsonNode? op in node["ops"]!.AsArray())
        {
            using IFile file = disk.OpenFile("/" + (string)op!["file"]!, FileOpenMode.ReadWrite);
            long offset = (long?)op["offset"] ?? 0;
            switch ((string)op["op"]!)
            {
                case "truncate":
                    file.SetLength((long)op["size"]!);
                    break;
                case "zero":
                    file.Write(offset, new byte[(int)op["len"]!]);
                    break;
                case "write":
                    file.Write(offset, Convert.FromHexString((string)op["hex"]!));
                    break;
                case "xor":
                    byte[] one = new byte[1];
                    file.Read(offset, one);
                    file.Write(offset, [(byte)(one[0] ^ (int)op["value"]!)]);
                    break;
                default:
                    throw new NotSupportedException((string)op["op"]!);
            }
        }
        return disk;
    }

    private static long LengthOf(CrashDisk disk, string path)
    {
        using IFile file = disk.OpenFile(path, FileOpenMode.Read);
        return file.Length;
    }
}
