using System.Text;
using System.Text.Json;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Raft;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc;
using Etcd.Store.V2;

namespace Etcd.Store.Tests.Apply;

/// <summary>Logs of real servers, applied here, must give what the real servers answered and stored.</summary>
public sealed class GoldenReplayTests
{
    public static TheoryData<string> WholeLogs =>
    [
        "v34-alarm", "v34-auth", "v34-cluster3.m1", "v34-cluster3.m2", "v34-cluster3.m3", "v34-crash", "v34-mixed",
        "v35-alarm", "v35-auth", "v35-cluster3.m1", "v35-cluster3.m2", "v35-cluster3.m3", "v35-crash", "v35-mixed", "v35-walcut",
        "v37-mixed",
    ];

    public static TheoryData<string> Directories =>
    [
        "v34-alarm", "v34-auth", "v34-cluster3.m1", "v34-crash", "v34-mixed",
        "v35-alarm", "v35-auth", "v35-cluster3.m2", "v35-crash", "v35-mixed", "v35-walcut",
        "v37-mixed",
    ];

    [Theory]
    [MemberData(nameof(WholeLogs))]
    public void WholeLog_OnANewDatabase_SameAnswersAndSameBuckets(string name)
    {
        var golden = new GoldenSet(name);
        using var rooms = new Rooms();
        foreach (Entry entry in golden.ReadEntries())
            rooms.Apply(entry);
        CheckAnswers(golden, rooms);
        if (!name.EndsWith("-crash", StringComparison.Ordinal))
            CheckBuckets(golden, rooms);
    }

    // A restart in place of the real server: its database, its newest snapshot, the log behind that.
    [Theory]
    [MemberData(nameof(Directories))]
    public void Restart_OnTheServersDirectory_SameAnswers(string name)
    {
        var golden = new GoldenSet(name);
        (ulong Index, byte[]? Document) snap = GoldenSet.ReadSnaps(name).Select(static snap => (snap.Index, (byte[]?)snap.Document)).LastOrDefault();
        using var rooms = new Rooms(GoldenSet.ReadDatabase(name), snap.Document);
        foreach (Entry entry in golden.ReadEntries().Where(entry => entry.Index > snap.Index))
            rooms.Apply(entry);
        CheckAnswers(golden, rooms, rememberedHashes: false);
    }

    // Nothing but what the restore wrote: no member has published itself yet, no version was decided.
    [Theory]
    [InlineData("v35-restored")]
    [InlineData("v35-restored-bump")]
    public void Restart_RestoredBy35_HasItsKeysAndItsMember(string name)
    {
        var golden = new GoldenSet(name);
        using var rooms = new Rooms(GoldenSet.ReadDatabase(name), GoldenSet.ReadSnaps(name)[^1].Document);
        Assert.Equal(Strings(golden.Expected, "kvs", ShowPair), ShowPairs(rooms));
        Assert.Equal(Strings(golden.Expected, "members", static member => member.GetProperty("id").GetString()!), rooms.Cluster.Current.Members.Select(static member => $"{member.Id:x}"));
        Assert.Null(rooms.Cluster.Current.Version);
    }

    // The members bucket of a directory that etcdctl 3.4 restored still holds the old cluster's (spec disk §12, trap 9).
    [Fact]
    public void Restart_RestoredBy34_ForgetsTheOldClustersMembers()
    {
        using var rooms = new Rooms(GoldenSet.ReadDatabase("v34-restored"), GoldenSet.ReadSnaps("v34-restored")[^1].Document);
        string[] right = [.. new GoldenSet("v34-restored").Expected.GetProperty("members").EnumerateArray().Select(static member => member.GetProperty("id").GetString()!)];
        Assert.Equal(right.Order(StringComparer.Ordinal), rooms.Cluster.Current.Members.Select(static member => $"{member.Id:x}").Order(StringComparer.Ordinal));
        Assert.NotEqual(right.Length, rooms.Backend.Scan(Bucket.Members).Count);
        rooms.Apply(new Entry(9, rooms.Backend.ConsistentIndex + 1, EntryType.Normal, default));
        Assert.Equal(right.Order(StringComparer.Ordinal), rooms.Backend.Scan(Bucket.Members).Select(static pair => Encoding.UTF8.GetString(pair.Key.Span)));
    }

    private static void CheckAnswers(GoldenSet golden, Rooms rooms, bool rememberedHashes = true)
    {
        JsonElement expected = golden.Expected;
        Assert.Equal(Strings(expected, "kvs", ShowPair), ShowPairs(rooms));
        Assert.Equal(expected.GetProperty("current_revision").GetInt64(), rooms.Mvcc.CurrentRevision);
        Assert.Equal(Strings(expected, "leases", ShowLease).Order(StringComparer.Ordinal), ShowLeases(rooms).Order(StringComparer.Ordinal));
        Assert.Equal(Strings(expected, "users", ShowUser), rooms.Auth.Current.Users.Values.Select(static user => $"{user.Name.ToStringUtf8()}: {string.Join(' ', user.Roles)}"));
        Assert.Equal(Strings(expected, "roles", ShowRole), rooms.Auth.Current.Roles.Values.Select(static role =>
            $"{role.Name.ToStringUtf8()}: {string.Join(' ', role.KeyPermission.Select(static p => $"{(int)p.PermType} {p.Key.ToBase64()} {p.RangeEnd.ToBase64()}"))}"));
        Assert.Equal(Strings(expected, "alarms", static alarm => alarm.GetString()!.Trim()).Order(StringComparer.Ordinal), rooms.Alarms.Get(Etcd.Protocol.Rpc.AlarmType.None).Select(static alarm =>
            $"memberID:{alarm.MemberID} alarm:{alarm.Alarm.ToString().ToUpperInvariant()}").Order(StringComparer.Ordinal));
        Assert.Equal(Strings(expected, "members", ShowMember), rooms.Cluster.Current.Members.Select(static member =>
            $"{member.Id:x} {member.Name} {string.Join(',', member.PeerUrls)} {string.Join(',', member.ClientUrls)} {member.IsLearner}"));
        Assert.Equal($"{expected.GetProperty("etcd_cluster").GetString()}", rooms.Cluster.Current.Version?.ToString());
        if (expected.TryGetProperty("v2_keys", out JsonElement listing))
            Assert.Equal(V2Keys(listing.GetProperty("node")), V2Keys(rooms.V2));
        CheckPasswords(golden, rooms);
        CheckHashes(expected, rooms, rememberedHashes);
    }

    private static void CheckBuckets(GoldenSet golden, Rooms rooms)
    {
        foreach ((Bucket bucket, string name) in ((Bucket, string)[])[(Bucket.Alarm, "alarm"), (Bucket.Auth, "auth"), (Bucket.AuthRoles, "authRoles"), (Bucket.Cluster, "cluster"), (Bucket.Lease, "lease"), (Bucket.Members, "members"), (Bucket.MembersRemoved, "members_removed")])
            Assert.Equal([name, .. golden.Bucket(name)], [name, .. rooms.Dump(bucket)], StringComparer.Ordinal);
        // Up to 3.4 each server made its own salts.
        if (!golden.Name.StartsWith("v34-auth", StringComparison.Ordinal))
            Assert.Equal(golden.Bucket("authUsers"), rooms.Dump(Bucket.AuthUsers));
    }

    // A server remembers the hash that a compaction computed, under the compacted revision before it, until it restarts.
    private static void CheckHashes(JsonElement expected, Rooms rooms, bool rememberedHashes)
    {
        while (rooms.Mvcc.CompactionStep())
        {
        }
        foreach (JsonElement row in expected.GetProperty("hashkv").EnumerateArray())
        {
            if (!rememberedHashes && row.TryGetProperty("compact_revision", out JsonElement compacted) && compacted.GetInt64() != expected.GetProperty("compact_revision").GetInt64())
                continue;
            long revision = row.GetProperty("requested_revision").GetInt64();
            EtcdError? refusal = rooms.Mvcc.HashKv(revision, out KeyValueHash hash);
            Assert.Equal(row.TryGetProperty("error", out _), refusal is not null);
            if (refusal is null)
                Assert.Equal($"{revision}: {row.GetProperty("hash").GetUInt32()}", $"{revision}: {hash.Hash}");
        }
    }

    private static void CheckPasswords(GoldenSet golden, Rooms rooms)
    {
        if (!golden.Name.EndsWith("-auth", StringComparison.Ordinal))
            return;
        foreach (string user in (string[])["root", "alice", "bob"])
            Assert.True(Bcrypt.Verify(rooms.Auth.Current.Users[user].Password.Span, Encoding.ASCII.GetBytes(user + "pw")), user);
        Assert.True(rooms.Auth.Current.Users["carol"].Options.NoPassword);
        Assert.True(rooms.Auth.Current.Enabled);
    }

    private static string ShowPair(JsonElement pair) =>
        $"{pair.GetProperty("key_b64").GetString()} {pair.GetProperty("value_b64").GetString()} {pair.GetProperty("create_revision").GetInt64()} {pair.GetProperty("mod_revision").GetInt64()} {pair.GetProperty("version").GetInt64()} {pair.GetProperty("lease").GetString()}";

    private static IEnumerable<string> ShowPairs(Rooms rooms) => rooms.Range().Kvs.Select(static pair =>
        $"{pair.Key.ToBase64()} {pair.Value.ToBase64()} {pair.CreateRevision} {pair.ModRevision} {pair.Version} {pair.Lease}");

    private static string ShowLease(JsonElement lease) =>
        $"{lease.GetProperty("id").GetString()} {lease.GetProperty("granted_ttl").GetInt64()} {string.Join(',', Strings(lease, "keys", static key => key.GetString()!).Order(StringComparer.Ordinal))}";

    private static IEnumerable<string> ShowLeases(Rooms rooms)
    {
        rooms.Leases.Promote(TimeSpan.Zero, TimeSpan.Zero);
        foreach (long id in rooms.Leases.List())
        {
            Store.Lease.LeaseStatus status = rooms.Leases.TimeToLive(id, withKeys: true, TimeSpan.Zero)!.Value;
            yield return $"{id} {status.GrantedSeconds} {string.Join(',', status.Keys.Select(static key => Encoding.UTF8.GetString(key.Span)))}";
        }
    }

    private static string ShowUser(JsonElement user) =>
        $"{user.GetProperty("name").GetString()}: {string.Join(' ', Strings(user, "roles", static role => role.GetString()!))}";

    private static string ShowRole(JsonElement role) =>
        $"{role.GetProperty("name").GetString()}: {string.Join(' ', Strings(role, "perms", static p => $"{p.GetProperty("permType").GetInt32()} {p.GetProperty("key_b64").GetString()} {p.GetProperty("range_end_b64").GetString()}"))}";

    private static string ShowMember(JsonElement member) =>
        $"{member.GetProperty("id").GetString()} {member.GetProperty("name").GetString()} {string.Join(',', Strings(member, "peerURLs", static url => url.GetString()!))} {string.Join(',', Strings(member, "clientURLs", static url => url.GetString()!))} {member.GetProperty("isLearner").GetBoolean()}";

    private static IEnumerable<string> V2Keys(JsonElement node)
    {
        if (node.TryGetProperty("key", out JsonElement key))
            yield return $"{key.GetString()} {(node.TryGetProperty("value", out JsonElement value) ? value.GetString() : "")} {node.GetProperty("createdIndex").GetUInt64()} {node.GetProperty("modifiedIndex").GetUInt64()}";
        if (!node.TryGetProperty("nodes", out JsonElement nodes))
            yield break;
        foreach (string below in nodes.EnumerateArray().SelectMany(V2Keys))
            yield return below;
    }

    private static IEnumerable<string> V2Keys(V2Store store)
    {
        Stack<V2NodeView> open = new([store.Get("/1", recursive: true, now: 0).Event!.Node]);
        while (open.TryPop(out V2NodeView? node))
        {
            foreach (V2NodeView child in node.Nodes.Reverse())
                open.Push(child);
            if (node.Key != "/1")
                yield return $"{node.Key[2..]} {node.Value} {node.CreatedIndex} {node.ModifiedIndex}";
        }
    }

    private static IEnumerable<string> Strings(JsonElement owner, string name, Func<JsonElement, string> show) =>
        owner.GetProperty(name).EnumerateArray().Select(show).ToArray();
}
