using System.Text.Json;
using Etcd.Foundation;
using Etcd.TestKit;
using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

/// <summary>The damaged variants of the golden databases, see tests/Golden/corrupted/corrupted.json.</summary>
public sealed class CorruptedDatabaseTests
{
    public static TheoryData<string, string, string?> Variants()
    {
        var variants = new TheoryData<string, string, string?>();
        foreach (string set in (string[])["v34-mixed", "v35-mixed", "v37-mixed"])
        {
            variants.Add(set, "db-truncated", "file size too small 32768"); // Go dies with SIGBUS here.
            variants.Add(set, "db-truncated-1page", "file size too small 4096");
            variants.Add(set, "db-meta-both-bad", "checksum error");
            variants.Add(set, "db-meta-magic-bad", "invalid database");
            variants.Add(set, "db-meta-newest-bad", null);
        }
        return variants;
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Open_DamagedFile_NamesTheFaultAsBboltDoes(string set, string variant, string? fault)
    {
        byte[] original = GoldenDatabaseTests.ReadDatabase(set);
        CrashDisk disk = GoldenDatabaseTests.DiskWith(Damage(original, set, variant));
        if (fault is not null)
        {
            CorruptException e = Assert.Throws<CorruptException>(() => BoltDatabase.Open(disk, "/db", GoldenDatabaseTests.SmallMap));
            Assert.StartsWith(fault, e.Reason, StringComparison.Ordinal);
            Assert.Equal("/db", e.File);
            return;
        }
        // The older meta page is one commit behind, and still sound.
        using BoltDatabase sound = BoltDatabase.Open(GoldenDatabaseTests.DiskWith(original), "/db", GoldenDatabaseTests.SmallMap);
        using BoltDatabase damaged = BoltDatabase.Open(disk, "/db", GoldenDatabaseTests.SmallMap);
        Assert.Empty(damaged.Check());
        Assert.Equal(sound.Statistics.TransactionId - 1, damaged.Statistics.TransactionId);
    }

    [Fact]
    public void Open_PackedArchive_EqualsTheDerivedVariant()
    {
        byte[] derived = Damage(GoldenDatabaseTests.ReadDatabase("v35-mixed"), "v35-mixed", "db-meta-both-bad");
        Assert.Equal(derived, GoldenDatabaseTests.ReadDatabase("v35-mixed--db-meta-both-bad"));
    }

    [Theory]
    [InlineData(0, "invalid database")]
    [InlineData(100, "invalid database")] // Found to be garbage before its length matters.
    public void Open_FileOfGarbageThatIsTooShort_IsRefused(int bytes, string fault)
    {
        CrashDisk disk = GoldenDatabaseTests.DiskWith([.. Enumerable.Repeat((byte)0x5A, 20_000 + bytes)]);
        CorruptException e = Assert.Throws<CorruptException>(() => BoltDatabase.Open(disk, "/db", GoldenDatabaseTests.SmallMap));
        Assert.StartsWith(fault, e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OtherVersion_SaysVersionMismatch()
    {
        byte[] file = GoldenDatabaseTests.ReadDatabase("v35-mixed");
        file[20] = file[4096 + 20] = 3;
        CorruptException e = Assert.Throws<CorruptException>(() => BoltDatabase.Open(GoldenDatabaseTests.DiskWith(file), "/db"));
        Assert.StartsWith("version mismatch", e.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FirstMetaGone_FindsThePageSizeByTheSecond()
    {
        foreach (int pageSize in (int[])[1024, 4096, 16_384, 65_536])
        {
            var disk = new CrashDisk(1);
            using (BoltDatabase created = BoltDatabase.Open(disk, "/db", new BoltOptions { PageSizeBytes = pageSize, InitialMapBytes = 0 }))
            using (BoltWriteTransaction write = created.BeginWrite())
            {
                write.CreateBucket("b"u8);
                write.Commit();
            }
            byte[] file = disk.ReadAllBytes("/db");
            file.AsSpan(0, 1024).Clear();
            using BoltDatabase database = BoltDatabase.Open(GoldenDatabaseTests.DiskWith(file), "/db", new BoltOptions { InitialMapBytes = 0 });
            Assert.Equal(pageSize, database.PageSizeBytes);
        }
    }

    [Fact]
    public void DeleteBucket_DamagedPages_EndsTheTransactionAndChangesNothing()
    {
        // With a stored free list nothing walks the tree at open, so the damage is met by the deletion.
        var options = new BoltOptions { NoFreelistSync = false, InitialMapBytes = 0, PageSizeBytes = 1024 };
        var disk = new CrashDisk(1);
        using (BoltDatabase created = BoltDatabase.Open(disk, "/db", options))
        using (BoltWriteTransaction write = created.BeginWrite())
        {
            write.CreateBucket("sound"u8).Put("k"u8, "v"u8);
            BoltWriteBucket damaged = write.CreateBucket("damaged"u8);
            for (int i = 0; i < 100; i++)
                damaged.Put([(byte)i], new byte[100]);
            write.Commit();
        }
        byte[] file = disk.ReadAllBytes("/db");
        int leaf = Enumerable.Range(4, 6).First(page => file[(page * 1024) + 8] == 2 && file[(page * 1024) + 16 + 16 + 8] == 1);
        file[leaf * 1024] ^= 0xFF; // Its id.
        using BoltDatabase database = BoltDatabase.Open(GoldenDatabaseTests.DiskWith(file), "/db", options);
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            Assert.Throws<CorruptException>(() => write.DeleteBucket("damaged"u8));
            Assert.Equal(BoltError.TransactionClosed, Assert.Throws<BoltException>(() => write.Commit()).Error);
        }
        Assert.Equal(0, database.Statistics.PendingPages);
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            write.Bucket("sound"u8).Put("k"u8, "new"u8);
            write.Commit();
        }
        using BoltReadTransaction read = database.BeginRead();
        Assert.True(read.Bucket("sound"u8).TryGet("k"u8, out _));
        Assert.Contains(database.Check(), static fault => fault.Contains("wrong id"));
    }

    private static byte[] Damage(byte[] database, string set, string variant)
    {
        byte[] damaged = [.. database];
        using var all = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Golden.Root, "corrupted", "corrupted.json")));
        foreach (JsonElement op in all.RootElement.GetProperty($"{set}/{variant}").GetProperty("ops").EnumerateArray())
        {
            Assert.Equal("member/snap/db", op.GetProperty("file").GetString());
            int offset = op.TryGetProperty("offset", out JsonElement o) ? o.GetInt32() : 0;
            switch (op.GetProperty("op").GetString())
            {
                case "truncate":
                    damaged = damaged[..op.GetProperty("size").GetInt32()];
                    break;
                case "xor":
                    damaged[offset] ^= (byte)op.GetProperty("value").GetInt32();
                    break;
                case "write":
                    Convert.FromHexString(op.GetProperty("hex").GetString()!).CopyTo(damaged, offset);
                    break;
                default:
                    Assert.Fail($"unknown operation {op}");
                    break;
            }
        }
        return damaged;
    }
}
