using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using Etcd.Foundation.Files;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc;
using Etcd.TestKit;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

/// <summary>Databases that real etcd servers left behind, opened here: keys, older revisions and hashes must be what those
/// servers answered. The crash sets need their WAL and are not for this room.</summary>
public class GoldenDatabaseTests
{
    public static TheoryData<string, string> Databases() => new()
    {
        { "v34-mixed", "v34-mixed" },
        { "v35-mixed", "v35-mixed" },
        { "v37-mixed", "v37-mixed" },
        { "v34-auth", "v34-auth" },
        { "v35-auth", "v35-auth" },
        { "v34-alarm", "v34-alarm" },
        { "v35-alarm", "v35-alarm" },
        { "v35-walcut", "v35-walcut" },
        { "v34-restored", "v34-restored" },
        { "v35-restored", "v35-restored" },
        { "v35-restored-bump", "v35-restored-bump" },
        { "v34-cluster3", "m1" },
        { "v34-cluster3", "m3" },
        { "v35-cluster3", "m2" },
    };

    [Theory]
    [MemberData(nameof(Databases))]
    public void Opened_AnswersAsTheServerThatWroteIt(string set, string member)
    {
        using var folder = new TempDirectory();
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Golden.Root, set + ".expected.json")));
        File.WriteAllBytes(folder.Combine("db"), Extract(set, member));
        using BatchingBackend backend = Open(folder);
        using MvccStore store = OpenStore(backend);
        JsonElement root = expected.RootElement;
        Assert.Equal(root.GetProperty("current_revision").GetInt64(), store.CurrentRevision);
        CheckHashRpc(root, set, backend);
        while (store.CompactionStep())
        {
        }
        CheckPairs(root.GetProperty("kvs"), store);
        CheckOlderRevisions(root.GetProperty("kvs_at_revision"), store);
        Assert.True(CheckHashes(root.GetProperty("hashkv"), store) > 0);
    }

    [Fact]
    public void SnapshotWithATree_HashesAndCounts()
    {
        using var folder = new TempDirectory();
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Golden.Root, "v35-tree.expected.json")));
        byte[] file = Golden.ReadGzip("v35-tree.snapshot.db");
        File.WriteAllBytes(folder.Combine("db"), file[..^32]); // A SHA-256 follows the database.
        using BatchingBackend backend = Open(folder);
        using MvccStore store = OpenStore(backend);
        Assert.Equal(expected.RootElement.GetProperty("current_revision").GetInt64(), store.CurrentRevision);
        Assert.Equal(expected.RootElement.GetProperty("compact_revision").GetInt64(), store.CompactedRevision);
        Assert.Equal(expected.RootElement.GetProperty("live_keys").GetInt64(), store.KeyCount);
        Assert.Equal(2, CheckHashes(expected.RootElement.GetProperty("hashkv"), store));
    }

    private static BatchingBackend Open(TempDirectory folder) =>
        BatchingBackend.Open(new RealFileSystem(), folder.Combine("db"), new BackendOptions(), TimeProvider.System);

    private static MvccStore OpenStore(BatchingBackend backend)
    {
        var leases = new FakeLeases();
        foreach ((ReadOnlyMemory<byte> id, _) in backend.Scan(Bucket.Lease))
            leases.Granted.Add(System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(id.Span));
        return MvccStore.Open(backend, leases, new MvccOptions());
    }

    // Maintenance.Hash covers lease, auth and member records too, so only a database that nobody has changed since agrees.
    private static void CheckHashRpc(JsonElement root, string set, BatchingBackend backend)
    {
        bool wasChanged = set.Contains("cluster3", StringComparison.Ordinal) || set.Contains("restored", StringComparison.Ordinal);
        if (!wasChanged)
            Assert.Equal(root.GetProperty("hash_rpc").GetProperty("hash").GetUInt32(), backend.Hash());
    }

    private static void CheckPairs(JsonElement expected, MvccStore store)
    {
        RangeResponse all = Range(store, revision: 0);
        Assert.Equal(expected.GetArrayLength(), all.Count);
        Assert.Equal(
            expected.EnumerateArray().Select(pair => Describe(
                pair.GetProperty("key_b64").GetString()!,
                pair.GetProperty("value_b64").GetString()!,
                pair.GetProperty("create_revision").GetInt64(),
                pair.GetProperty("mod_revision").GetInt64(),
                pair.GetProperty("version").GetInt64(),
                pair.GetProperty("lease").GetString()!)),
            all.Kvs.Select(Describe));
    }

    private static void CheckOlderRevisions(JsonElement expected, MvccStore store)
    {
        foreach (JsonProperty revision in expected.EnumerateObject())
        {
            RangeResponse then = Range(store, long.Parse(revision.Name, System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(
                revision.Value.EnumerateArray().Select(row => Describe(
                    row[0].GetString()!, row[1].GetString()!, row[2].GetInt64(), row[3].GetInt64(), row[4].GetInt64(), row[5].GetString()!)),
                then.Kvs.Select(Describe));
        }
    }

    // A row of a lower compacted revision is a hash that the server remembered from a compaction, which we did not see.
    private static int CheckHashes(JsonElement rows, MvccStore store)
    {
        int compared = 0;
        foreach (JsonElement row in rows.EnumerateArray())
        {
            if (!row.TryGetProperty("hash", out JsonElement hash) || row.GetProperty("compact_revision").GetInt64() != store.CompactedRevision)
                continue;
            Assert.Null(store.HashKv(row.GetProperty("requested_revision").GetInt64(), out KeyValueHash actual));
            Assert.Equal(hash.GetUInt32(), actual.Hash);
            compared++;
        }
        return compared;
    }

    private static RangeResponse Range(MvccStore store, long revision)
    {
        var request = new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), Revision = revision };
        EtcdError? refusal = store.Range(request.ToByteArray(), out RangeReply? reply);
        Assert.Null(refusal);
        return StoreFixture.Decode(reply!);
    }

    private static string Describe(KeyValue pair) => Describe(
        pair.Key.ToBase64(),
        pair.Value.ToBase64(),
        pair.CreateRevision,
        pair.ModRevision,
        pair.Version,
        pair.Lease.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static string Describe(string key, string value, long create, long mod, long version, string lease) =>
        $"{key} {(value.Length > 2000 ? $"len:{value.Length}" : value)} {create} {mod} {version} {lease}";

    // Only the database: the WAL files beside it are 64 MB each.
    private static byte[] Extract(string set, string member)
    {
        using FileStream file = File.OpenRead(Path.Combine(Golden.Root, set + ".tar.gz"));
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (tar.GetNextEntry() is { } entry)
        {
            if (!entry.Name.EndsWith($"{member}/member/snap/db", StringComparison.Ordinal))
                continue;
            using var bytes = new MemoryStream();
            entry.DataStream!.CopyTo(bytes);
            return bytes.ToArray();
        }
        throw new FileNotFoundException($"{set} has no database of {member}");
    }
}
