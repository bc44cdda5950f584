using System.Text.Json.Nodes;
using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcd.TestKit;
using Interop.Servers;

namespace Interop;

/// <summary>Data directories that real servers wrote: ours takes them over, and gives those of 3.4 back to Debian's etcd.</summary>
public sealed class GoldenDirectoryTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public static TheoryData<string> Sets =>
    [
        "v34-mixed", "v34-auth", "v34-alarm", "v34-crash", "v35-mixed", "v35-auth", "v35-alarm", "v35-crash", "v35-walcut", "v35-restored", "v35-restored-bump", "v37-mixed",
    ];

    public static TheoryData<string> SetsOf34 => ["v34-mixed", "v34-auth", "v34-alarm", "v34-crash"];

    [Theory]
    [MemberData(nameof(Sets))]
    public async Task Directory_StartedByOurServer_HoldsWhatTheRealServerHeld(string set)
    {
        JsonNode expected = GoldenServer.Expected(set);
        using EtcdProcess server = Take(set, expected, EtcdProgram.Ours);
        server.Start();
        await new GoldenServer(server, expected).CheckAllAsync();
        server.Stop();
        server.Start();
        await new GoldenServer(server, expected).CheckAllAsync();
    }

    [Theory]
    [MemberData(nameof(SetsOf34))]
    public async Task Directory_UsedByOurServer_IsTakenBackByDebianEtcd(string set)
    {
        JsonNode expected = GoldenServer.Expected(set);
        RangeResponse kept;
        uint hash;
        using (EtcdProcess ours = Take(set, expected, EtcdProgram.Ours))
        {
            ours.Start();
            using EtcdClient client = new GoldenServer(ours, expected).NewClient();
            if (expected["alarms"]!.AsArray().Count > 0)
                await client.Kv.DeleteAsync("k1", CancellationToken.None); // Under NOSPACE puts are refused.
            else
                await WriteAsync(client);
            kept = await client.Kv.RangeAsync(KeyRange.All, CancellationToken.None);
            hash = (await client.Maintenance.HashKvAsync(ours.Endpoint, 0, CancellationToken.None)).Hash;
            ours.Stop();
        }
        using var debian = new EtcdProcess(EtcdProgram.Debian(), Path.Combine(_folder.Path, set), MemberName(expected), "--enable-v2");
        debian.Start();
        using EtcdClient reader = new GoldenServer(debian, expected).NewClient();
        RangeResponse found = await reader.Kv.RangeAsync(KeyRange.All, CancellationToken.None);
        Assert.Equal(kept.Header.Revision, found.Header.Revision);
        Assert.Equal(kept.Kvs, found.Kvs);
        Assert.Equal(hash, (await reader.Maintenance.HashKvAsync(debian.Endpoint, 0, CancellationToken.None)).Hash);
        if (expected["alarms"]!.AsArray().Count == 0)
            await WriteAsync(reader);
        debian.Stop();
    }

    [Fact]
    public async Task Directory_MadeByOurServer_IsOpenedByOursAgainAfterManySnapshots()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder, null, "--snapshot-count", "20");
        using (var client = new EtcdClient(server.Endpoint))
        {
            for (int i = 0; i < 100; i++)
                await client.Kv.PutAsync($"k{i % 10}", $"v{i}", CancellationToken.None);
        }
        server.Stop();
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(server.DataDirectory, "member", "snap"), "*.snap"));
        server.Start();
        Assert.Equal("k9\nv99\n", server.Ctl.Run("get", "k9"));
    }

    [Theory]
    [InlineData("v34-cluster3")]
    [InlineData("v35-cluster3")]
    [InlineData("v34-restored")]
    public void Directory_OfAClusterOfSeveral_NeedsPeers(string set) =>
        Assert.Skip($"{set} belongs to a cluster of {GoldenServer.Expected(set)["members"]!.AsArray().Count} members; this server runs clusters of one");

    public void Dispose() => _folder.Dispose();

    private static string MemberName(JsonNode expected) => (string)expected["members"]![0]!["name"]!;

    private EtcdProcess Take(string set, JsonNode expected, string program) =>
        new(program, Golden.Unpack(set, _folder.Path), MemberName(expected));

    private static async Task WriteAsync(EtcdClient client)
    {
        for (int i = 0; i < 60; i++)
            await client.Kv.PutAsync($"more/{i % 9}", new string('x', 10 * i), CancellationToken.None);
        await client.Kv.DeleteAsync("more/3", CancellationToken.None);
        await client.Kv.Txn().Then(Operation.Put(new PutRequest { Key = Bytes("more/txn"), Value = Bytes("1") }), Operation.Delete("more/4")).CommitAsync(CancellationToken.None);
        LeaseGrantResponse lease = await client.Lease.GrantAsync(3600, 0, CancellationToken.None);
        await client.Kv.PutAsync(new PutRequest { Key = Bytes("more/leased"), Value = Bytes("1"), Lease = lease.ID }, CancellationToken.None);
    }

    private static Google.Protobuf.ByteString Bytes(string text) => Google.Protobuf.ByteString.CopyFromUtf8(text);
}
