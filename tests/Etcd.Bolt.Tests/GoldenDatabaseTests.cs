using System.Text;
using System.Text.Json;
using Etcd.TestKit;
using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

/// <summary>Database files that real etcd servers wrote.</summary>
public sealed class GoldenDatabaseTests
{
    private const string Db = "/db";

    internal static BoltOptions SmallMap => new() { InitialMapBytes = 1 << 16 };

    public static TheoryData<string, string> DecodedDatabases()
    {
        var sets = new TheoryData<string, string>();
        foreach (string file in Directory.GetFiles(Golden.Root, "*.decoded.json.gz").Order(StringComparer.Ordinal))
        {
            string[] name = Path.GetFileName(file).Split('.');
            sets.Add(name[0], name[1] == "decoded" ? "" : name[1]); // <set>[.<member>].decoded.json.gz
        }
        return sets;
    }

    public static TheoryData<string> Snapshots() =>
        [.. Directory.GetFiles(Golden.Root, "*.snapshot.db.gz").Select(static f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    /// <summary>The file member/snap/db of a golden data directory.</summary>
    internal static byte[] ReadDatabase(string set, string member = "")
    {
        using var folder = new TempDirectory();
        string data = Golden.Unpack(set, folder.Path);
        return File.ReadAllBytes(Path.Combine(data, member, "member", "snap", "db"));
    }

    internal static CrashDisk DiskWith(byte[] database)
    {
        var disk = new CrashDisk(0);
        disk.Install(Db, database);
        return disk;
    }

    [Theory]
    [MemberData(nameof(DecodedDatabases))]
    public void Open_DatabaseOfRealServer_HasTheDecodedContents(string set, string member)
    {
        CrashDisk disk = DiskWith(ReadDatabase(set, member));
        using var decoded = JsonDocument.Parse(Golden.ReadGzip((member.Length > 0 ? $"{set}.{member}" : set) + ".decoded.json"));
        JsonElement expected = decoded.RootElement.GetProperty("db");
        using BoltDatabase database = BoltDatabase.Open(disk, Db, SmallMap);
        Assert.Empty(database.Check());
        Twin found = Twin.Of(database);
        Assert.Equal(Contents(expected.GetProperty("buckets"), found), found);
        Assert.Equal(expected.GetProperty("active_txid").GetUInt64(), database.Statistics.TransactionId);
        Assert.Equal(expected.GetProperty("high_water").GetInt64() * 4096, database.SizeBytes);
        Assert.Equal(expected.GetProperty("reachable_pages").GetInt64() * 4096, database.Statistics.InUseBytes);
    }

    [Theory]
    [MemberData(nameof(DecodedDatabases))]
    public void Write_IntoDatabaseOfRealServer_KeepsTheRest(string set, string member)
    {
        CrashDisk disk = DiskWith(ReadDatabase(set, member));
        Twin expected;
        using (BoltDatabase database = BoltDatabase.Open(disk, Db, SmallMap))
        {
            expected = Twin.Of(database);
            foreach (string scratch in (string[])["one", "two", "one"])
            {
                using BoltWriteTransaction write = database.BeginWrite();
                BoltWriteBucket bucket = write.CreateBucketIfMissing(Encoding.UTF8.GetBytes(scratch));
                for (int i = 0; i < 300; i++)
                    bucket.Put(BitConverter.GetBytes(i * 7919), new byte[i]);
                write.Bucket("key"u8).Put("zz"u8, "last"u8);
                write.Commit();
                Assert.Empty(database.Check());
            }
            using BoltWriteTransaction clean = database.BeginWrite();
            clean.DeleteBucket("one"u8);
            clean.DeleteBucket("two"u8);
            Assert.True(clean.Bucket("key"u8).Delete("zz"u8));
            clean.Commit();
            Assert.Empty(database.Check());
        }
        using BoltDatabase reopened = BoltDatabase.Open(disk, Db, SmallMap);
        Assert.Empty(reopened.Check());
        Assert.Equal(expected, Twin.Of(reopened));
    }

    [Theory]
    [MemberData(nameof(Snapshots))]
    public void Open_SnapshotOfRealServer_IsSoundAndCopiesToTheSameBytes(string name)
    {
        byte[] file = Golden.ReadGzip(name)[..^32]; // The last 32 bytes are etcd's SHA-256 trailer.
        using BoltDatabase database = BoltDatabase.Open(DiskWith(file), Db, new BoltOptions { ReadOnly = true, InitialMapBytes = 1 << 16 });
        Assert.Empty(database.Check());
        using BoltReadTransaction read = database.BeginRead();
        using var copy = new MemoryStream();
        read.CopyTo(copy);
        Assert.Equal(file, copy.ToArray());
    }

    [Fact]
    public void Open_TreeSnapshot_HasTheCountsOfItsNote()
    {
        byte[] file = Golden.ReadGzip("v35-tree.snapshot.db")[..^32];
        using BoltDatabase database = BoltDatabase.Open(DiskWith(file), Db, SmallMap);
        Assert.Empty(database.Check());
        Assert.Equal(2781, Twin.Of(database).Bucket("key"u8)!.Count);
        Assert.Equal(14, database.Statistics.FreePages); // "unreachable_pages" of v35-tree.expected.json.
        using BoltReadTransaction read = database.BeginRead();
        BoltBucket key = read.Bucket("key"u8);
        BoltCursor cursor = key.Cursor();
        for (bool isAt = cursor.First(); isAt; isAt = cursor.Next())
        {
            Assert.True(key.TryGet(cursor.Key, out ReadOnlySpan<byte> value));
            Assert.True(value.SequenceEqual(cursor.Value));
        }
    }

    /// <summary>The decoded contents; of a long value only length and beginning were decoded, the rest is taken as found.</summary>
    private static Twin Contents(JsonElement buckets, Twin found)
    {
        var twin = new Twin();
        foreach (JsonProperty bucket in buckets.EnumerateObject())
        {
            Twin target = twin.AddBucket(Encoding.UTF8.GetBytes(bucket.Name));
            foreach (JsonElement pair in bucket.Value.GetProperty("kv").EnumerateArray())
            {
                byte[] key = Convert.FromHexString(pair.GetProperty("k").GetString()!);
                if (pair.TryGetProperty("v", out JsonElement whole))
                {
                    target.Put(key, Convert.FromHexString(whole.GetString()!));
                    continue;
                }
                byte[] value = found.Bucket(Encoding.UTF8.GetBytes(bucket.Name))!.Get(key)!;
                Assert.Equal(pair.GetProperty("v_len").GetInt32(), value.Length);
                Assert.StartsWith(pair.GetProperty("v_head").GetString()!, Convert.ToHexStringLower(value), StringComparison.Ordinal);
                target.Put(key, value);
            }
        }
        return twin;
    }
}
