using System.Text.Json.Nodes;
using Etcd.Client;
using Etcd.Protocol.Auth;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.TestKit;
using Interop.Servers;

namespace Interop;

/// <summary>Asks a running server for everything that an <c>expected.json</c> of tests/Golden says, and compares.</summary>
internal sealed class GoldenServer(EtcdProcess server, JsonNode expected)
{
    private static readonly CancellationToken s_limit = CancellationToken.None;

    /// <summary>The set's directories that have authentication on have this user.</summary>
    public const string Root = "root", RootPassword = "rootpw";

    /// <summary>Reads <c>&lt;set&gt;.expected.json</c>.</summary>
    public static JsonNode Expected(string set) => JsonNode.Parse(File.ReadAllText(Path.Combine(Golden.Root, set + ".expected.json")))!;

    public bool HasAuth => expected["users"]!.AsArray().Count > 0;

    public EtcdClient NewClient() => new(new EtcdClientOptions
    {
        Endpoints = [server.Endpoint],
        Credentials = HasAuth ? new EtcdCredentials(Root, RootPassword) : null,
        RequestTimeout = TimeSpan.FromSeconds(20),
    });

    public async Task CheckAllAsync()
    {
        using EtcdClient client = NewClient();
        await CheckKeysAsync(client);
        await CheckOldRevisionsAsync(client);
        await CheckHashesAsync(client);
        await CheckLeasesAsync(client);
        await CheckMembersAsync(client);
        await CheckAlarmsAsync(client);
        if (HasAuth)
            await CheckAuthAsync(client);
    }

    public async Task CheckKeysAsync(EtcdClient client)
    {
        RangeResponse all = await client.Kv.RangeAsync(KeyRange.All, s_limit);
        Assert.Equal((long)expected["current_revision"]!, all.Header.Revision);
        Assert.Equal((long)expected["count"]!, all.Count);
        Assert.Equal(expected["kvs"]!.AsArray().Select(static kv => Line(
            (string)kv!["key_b64"]!, (string)kv["value_b64"]!, (long)kv["create_revision"]!, (long)kv["mod_revision"]!, (long)kv["version"]!, (string)kv["lease"]!)), all.Kvs.Select(Line));
    }

    private async Task CheckOldRevisionsAsync(EtcdClient client)
    {
        foreach ((string revision, JsonNode? rows) in expected["kvs_at_revision"]!.AsObject())
        {
            RangeResponse then = await client.Kv.RangeAsync(
                new RangeRequest { Key = KeyRange.All.Key, RangeEnd = KeyRange.All.End, Revision = long.Parse(revision) }, s_limit);
            Assert.Equal(
                rows!.AsArray().Select(static row => Line((string)row![0]!, (string)row[1]!, (long)row[2]!, (long)row[3]!, (long)row[4]!, (string)row[5]!)),
                then.Kvs.Select(kv => Shortened(kv, rows!.AsArray())));
        }
    }

    public async Task CheckHashesAsync(EtcdClient client)
    {
        long compacted = expected["hashkv"]!.AsArray().Max(static row => (long?)row!["compact_revision"] ?? -1);
        foreach (JsonNode? row in expected["hashkv"]!.AsArray())
        {
            long revision = (long)row!["requested_revision"]!;
            if (row["compact_revision"] is { } then && (long)then < compacted)
                continue; // Remembered by that process from its compaction, see tests/Golden/README.md: no other can know it.
            if (row["error"] is not null)
            {
                await Assert.ThrowsAsync<EtcdClientException>(() => client.Maintenance.HashKvAsync(server.Endpoint, revision, s_limit));
                continue;
            }
            HashKVResponse answer = await client.Maintenance.HashKvAsync(server.Endpoint, revision, s_limit);
            Assert.Equal((revision, (uint)row["hash"]!, (long)row["compact_revision"]!), (revision, answer.Hash, answer.CompactRevision));
        }
    }

    private async Task CheckLeasesAsync(EtcdClient client)
    {
        JsonArray leases = expected["leases"]!.AsArray();
        LeaseLeasesResponse listed = await client.Lease.ListAsync(s_limit);
        Assert.Equal(leases.Select(static lease => long.Parse((string)lease!["id"]!)).Order(), listed.Leases.Select(static lease => lease.ID).Order());
        foreach (JsonNode? lease in leases)
        {
            LeaseTimeToLiveResponse status = await client.Lease.TimeToLiveAsync(long.Parse((string)lease!["id"]!), withKeys: true, s_limit);
            Assert.Equal((long)lease["granted_ttl"]!, status.GrantedTTL);
            Assert.Equal(lease["keys"]!.AsArray().Select(static key => (string)key!).Order(), status.Keys.Select(static key => key.ToStringUtf8()).Order());
        }
    }

    private async Task CheckMembersAsync(EtcdClient client)
    {
        MemberListResponse list = await client.Cluster.ListAsync(isSerializable: false, s_limit);
        // The client URL is where this run serves; it replaced the recorded one.
        Assert.Equal(
            expected["members"]!.AsArray().Select(static m => $"{(string)m!["id_dec"]!} {(string)m["name"]!} {string.Join(',', m["peerURLs"]!.AsArray().Select(static u => (string)u!))}"),
            list.Members.Select(static m => $"{m.ID} {m.Name} {string.Join(',', m.PeerURLs)}"));
        Assert.Equal(Convert.ToUInt64((string)expected["cluster_id"]!, 16), list.Header.ClusterId);
    }

    private async Task CheckAlarmsAsync(EtcdClient client)
    {
        AlarmResponse alarms = await client.Maintenance.AlarmListAsync(s_limit);
        Assert.Equal(
            expected["alarms"]!.AsArray().Select(static a => ((string)a!).Trim()).Order(StringComparer.Ordinal),
            alarms.Alarms.Select(static a => $"memberID:{a.MemberID} alarm:{a.Alarm.ToString().ToUpperInvariant()}").Order(StringComparer.Ordinal));
    }

    private async Task CheckAuthAsync(EtcdClient client)
    {
        using var anyone = new EtcdClient(server.Endpoint);
        await Assert.ThrowsAsync<EtcdClientException>(() => anyone.Kv.RangeAsync(KeyRange.All, s_limit));
        foreach (JsonNode? user in expected["users"]!.AsArray())
        {
            AuthUserGetResponse found = await client.Auth.UserGetAsync((string)user!["name"]!, s_limit);
            Assert.Equal(user["roles"]!.AsArray().Select(static r => (string)r!), found.Roles);
        }
        foreach (JsonNode? role in expected["roles"]!.AsArray())
        {
            AuthRoleGetResponse found = await client.Auth.RoleGetAsync((string)role!["name"]!, s_limit);
            Assert.Equal(role["perms"]!.AsArray().Select(static p => $"{(int)p!["permType"]!} {(string)p["key_b64"]!} {(string)p["range_end_b64"]!}"), found.Perm.Select(Line));
        }
    }

    private static string Line(string key, string value, long created, long modified, long version, string lease) => $"{key} {value} {created} {modified} {version} {lease}";

    private static string Line(KeyValue kv) =>
        Line(kv.Key.ToBase64(), kv.Value.ToBase64(), kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease.ToString());

    private static string Line(Permission permission) => $"{(int)permission.PermType} {permission.Key.ToBase64()} {permission.RangeEnd.ToBase64()}";

    /// <summary>A long value stands in the file as its length.</summary>
    private static string Shortened(KeyValue kv, JsonArray rows)
    {
        string value = kv.Value.ToBase64();
        bool isLength = rows.Any(row => (string)row![0]! == kv.Key.ToBase64() && ((string)row[1]!).StartsWith("len:", StringComparison.Ordinal));
        return Line(kv.Key.ToBase64(), isLength ? $"len:{value.Length}" : value, kv.CreateRevision, kv.ModRevision, kv.Version, kv.Lease.ToString());
    }
}
