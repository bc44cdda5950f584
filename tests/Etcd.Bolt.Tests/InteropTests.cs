using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Etcd.Foundation.Files;
using Etcd.TestKit;

namespace Etcd.Bolt.Tests;

/// <summary>The Go tools read what we wrote, and we read what they made of it.</summary>
public sealed class InteropTests
{
    private const string Set = "v34-mixed";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Etcd_OnDatabaseThatWeRewrote_AnswersTheGoldenHashes(bool noFreelistSync)
    {
        RealEtcd.Require();
        using var folder = new TempDirectory();
        string data = Golden.Unpack(Set, folder.Path);
        string path = Path.Combine(data, "member", "snap", "db");
        Rewrite(path, noFreelistSync);
        using var etcd = new RealEtcd(data);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Golden.Root, Set + ".expected.json")));
        foreach (JsonElement row in expected.RootElement.GetProperty("hashkv").EnumerateArray())
        {
            string revision = row.GetProperty("requested_revision").GetInt64().ToString();
            using var answer = JsonDocument.Parse(etcd.Ctl("endpoint", "hashkv", "--rev", revision, "-w", "json"));
            Assert.Equal(row.GetProperty("hash").GetUInt32(), answer.RootElement[0].GetProperty("HashKV").GetProperty("hash").GetUInt32());
        }
    }

    [Fact]
    public void Etcd_OnLargeTreeThatWeWrote_ReadsChangesAndDefragmentsIt()
    {
        RealEtcd.Require();
        using var folder = new TempDirectory();
        string data = Golden.Unpack(Set, folder.Path);
        string path = Path.Combine(data, "member", "snap", "db");
        SortedDictionary<string, string> expected = AppendKeys(path);
        using (var etcd = new RealEtcd(data))
        {
            Assert.Equal(expected, ReadKeys(etcd));
            etcd.Ctl("put", "bolt/00000500", "changed by etcd");
            etcd.Ctl("del", "bolt/000010", "--prefix");
            using var status = JsonDocument.Parse(etcd.Ctl("endpoint", "status", "-w", "json"));
            long revision = status.RootElement[0].GetProperty("Status").GetProperty("header").GetProperty("revision").GetInt64();
            etcd.Ctl("compact", revision.ToString(), "--physical");
            etcd.Ctl("snapshot", "save", folder.Combine("snapshot"));
            AssertSound(folder.Combine("snapshot")); // As bbolt left it: with free pages, after a rebalance.
            etcd.Ctl("defrag");
            expected["bolt/00000500"] = "changed by etcd";
            foreach (string gone in expected.Keys.Where(static k => k.StartsWith("bolt/000010", StringComparison.Ordinal)).ToArray())
                expected.Remove(gone);
            Assert.Equal(expected, ReadKeys(etcd));
        }
        AssertSound(path);
        using BoltDatabase database = BoltDatabase.Open(RealFileSystem.Instance, path);
        Assert.Equal(expected.Count, Twin.Of(database).Bucket("key"u8)!.Entries.Count(static e => Encoding.UTF8.GetString(e.Value!).Contains("bolt/")));
    }

    [Fact]
    public void Etcdctl_OnSnapshotThatWeCopied_AgreesOnItsStatus()
    {
        RealEtcd.Require();
        using var folder = new TempDirectory();
        string path = Path.Combine(Golden.Unpack(Set, folder.Path), "member", "snap", "db");
        string snapshot = folder.Combine("snapshot.db");
        using (BoltDatabase database = BoltDatabase.Open(RealFileSystem.Instance, path))
        using (BoltReadTransaction read = database.BeginRead())
        {
            var copy = new MemoryStream();
            read.CopyTo(copy);
            File.WriteAllBytes(snapshot, [.. copy.ToArray(), .. SHA256.HashData(copy.ToArray())]);
        }
        using var status = JsonDocument.Parse(RealEtcd.RunCtl("snapshot", "status", snapshot, "-w", "json"));
        // From tests/Golden/README.md, "snapshot status of the snapshot files".
        Assert.Equal(2150623499u, status.RootElement.GetProperty("hash").GetUInt32());
        Assert.Equal(62, status.RootElement.GetProperty("totalKey").GetInt64());
    }

    /// <summary>Traffic in a scratch bucket, then a compaction into a new file that takes the old one's place.</summary>
    private static void Rewrite(string path, bool noFreelistSync)
    {
        var options = new BoltOptions { NoFreelistSync = noFreelistSync };
        using (BoltDatabase database = BoltDatabase.Open(RealFileSystem.Instance, path, options))
        {
            var random = new Random(3);
            for (int round = 0; round < 20; round++)
            {
                using BoltWriteTransaction write = database.BeginWrite();
                BoltWriteBucket scratch = write.CreateBucketIfMissing("scratch"u8);
                for (int i = 0; i < 500; i++)
                {
                    byte[] key = BitConverter.GetBytes(random.Next(3000));
                    if (random.Next(3) == 0)
                        scratch.Delete(key);
                    else
                        scratch.Put(key, new byte[random.Next(600)]);
                }
                write.Commit();
            }
            using (BoltWriteTransaction clean = database.BeginWrite())
            {
                clean.DeleteBucket("scratch"u8);
                clean.Commit();
            }
            database.CompactTo(path + ".tmp");
        }
        if (noFreelistSync)
            File.Move(path + ".tmp", path, overwrite: true);
        // Else the file with the stored free list stays: bbolt then starts from our list of a few hundred free pages.
    }

    /// <summary>Adds records as etcd would have, in many commits with deletions between, so that the tree gets branches.</summary>
    private static SortedDictionary<string, string> AppendKeys(string path)
    {
        const int Keys = 5000;
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        using BoltDatabase database = BoltDatabase.Open(RealFileSystem.Instance, path);
        long main = 100;
        for (int round = 0; round < 25; round++)
        {
            using BoltWriteTransaction write = database.BeginWrite();
            BoltWriteBucket bucket = write.Bucket("key"u8);
            bucket.FillPercent = 0.9;
            for (int i = 0; i < Keys / 25; i++, main++)
            {
                string key = $"bolt/{main:D8}";
                string value = new((char)('a' + round), (int)(main % 500));
                bucket.Put(RevisionKey(main), KeyValue(key, main, value));
                expected[key] = value;
            }
            write.Commit();
        }
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            BoltWriteBucket bucket = write.Bucket("key"u8);
            foreach (string key in expected.Keys.Where(static (_, i) => i % 1000 < 900 && i > 1000).ToArray())
            {
                Assert.True(bucket.Delete(RevisionKey(long.Parse(key[5..]))));
                expected.Remove(key);
            }
            write.Commit();
        }
        Assert.Empty(database.Check());
        return expected;
    }

    private static SortedDictionary<string, string> ReadKeys(RealEtcd etcd)
    {
        using var answer = JsonDocument.Parse(etcd.Ctl("get", "bolt/", "--prefix", "-w", "json"));
        var keys = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonElement kv in answer.RootElement.GetProperty("kvs").EnumerateArray())
        {
            byte[] value = kv.TryGetProperty("value", out JsonElement v) ? v.GetBytesFromBase64() : [];
            keys.Add(Encoding.UTF8.GetString(kv.GetProperty("key").GetBytesFromBase64()), Encoding.UTF8.GetString(value));
        }
        return keys;
    }

    private static void AssertSound(string path)
    {
        using BoltDatabase database = BoltDatabase.Open(RealFileSystem.Instance, path);
        Assert.Empty(database.Check());
    }

    private static byte[] RevisionKey(long main)
    {
        byte[] key = new byte[17];
        BinaryPrimitives.WriteInt64BigEndian(key, main);
        key[8] = (byte)'_';
        return key;
    }

    /// <summary>mvccpb.KeyValue: key, create_revision, mod_revision, version 1, value.</summary>
    private static byte[] KeyValue(string key, long main, string value)
    {
        var bytes = new List<byte> { 0x0A, (byte)key.Length };
        bytes.AddRange(Encoding.UTF8.GetBytes(key));
        foreach (byte tag in (byte[])[0x10, 0x18])
        {
            bytes.Add(tag);
            AddVarint(bytes, main);
        }
        bytes.AddRange([0x20, 1]);
        if (value.Length > 0)
        {
            bytes.Add(0x2A);
            AddVarint(bytes, value.Length);
            bytes.AddRange(Encoding.UTF8.GetBytes(value));
        }
        return [.. bytes];
    }

    private static void AddVarint(List<byte> bytes, long number)
    {
        for (; number >= 0x80; number >>= 7)
            bytes.Add((byte)(number | 0x80));
        bytes.Add((byte)number);
    }
}
