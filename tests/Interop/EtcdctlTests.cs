using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Etcd.TestKit;
using Interop.Servers;

namespace Interop;

/// <summary>Debian's etcdctl at work whose output depends on time or ids, so that it is checked for what it says.</summary>
public sealed class EtcdctlTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly TempDirectory _folder = new();

    [Fact]
    public async Task Watch_HistoryAndPrefix_PrintsEveryEventInOrder()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        server.Ctl.Run("put", "w/a", "1");
        server.Ctl.Run("put", "other", "x");
        server.Ctl.Run("del", "w/a");
        using Process watch = server.Ctl.Start("watch", "w/", "--prefix", "--rev", "2", "--prev-kv");
        try
        {
            Assert.Equal(["PUT", "w/a", "1", "DELETE", "w/a", "1", "w/a", ""], await ReadLines(watch, 8));
            server.Ctl.Run("put", "w/b", "2");
            Assert.Equal(["PUT", "w/b", "2"], await ReadLines(watch, 3));
        }
        finally
        {
            watch.Kill();
        }
    }

    [Fact]
    public async Task Watch_Interactive_ServesSeveralWatches()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        server.Ctl.Run("put", "a", "1");
        using Process watch = server.Ctl.Start("watch", "-i");
        try
        {
            await watch.StandardInput.WriteLineAsync("watch a --rev 2");
            Assert.Equal(["PUT", "a", "1"], await ReadLines(watch, 3));
            await watch.StandardInput.WriteLineAsync("watch b --rev 2");
            server.Ctl.Run("put", "b", "2");
            Assert.Equal(["PUT", "b", "2"], await ReadLines(watch, 3));
        }
        finally
        {
            watch.Kill();
        }
    }

    [Fact]
    public void Lease_GrantRevokeAndTimeToLive_Work()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        string id = Grant(server, 100);
        server.Ctl.Run("put", "k", "v", "--lease", id);
        Assert.Contains("granted with TTL(100s), remaining(", server.Ctl.Run("lease", "timetolive", id, "--keys"), StringComparison.Ordinal);
        Assert.Contains("attached keys([k])", server.Ctl.Run("lease", "timetolive", id, "--keys"), StringComparison.Ordinal);
        Assert.Equal($"found 1 leases\n{id}\n", server.Ctl.Run("lease", "list"));
        Assert.Equal($"lease {id} keepalived with TTL(100)\n", server.Ctl.Run("lease", "keep-alive", id, "--once"));
        Assert.Equal($"lease {id} revoked\n", server.Ctl.Run("lease", "revoke", id));
        Assert.Equal("", server.Ctl.Run("get", "k"));
        Assert.Equal($"lease {id} already expired\n", server.Ctl.Run("lease", "timetolive", id));
    }

    [Fact]
    public async Task Lease_Expiry_DeletesItsKeysUnlessKeptAlive()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        string dying = Grant(server, 2), kept = Grant(server, 2);
        using Process keepAlive = server.Ctl.Start("lease", "keep-alive", kept);
        using Process watch = server.Ctl.Start("watch", "", "--prefix", "--rev", "2");
        try
        {
            server.Ctl.Run("put", "dying", "1", "--lease", dying);
            server.Ctl.Run("put", "kept", "1", "--lease", kept);
            Assert.Equal(["PUT", "dying", "1", "PUT", "kept", "1", "DELETE", "dying", ""], await ReadLines(watch, 9));
            Assert.Equal("kept\n1\n", server.Ctl.Run("get", "kept"));
        }
        finally
        {
            watch.Kill();
            keepAlive.Kill();
        }
    }

    [Fact]
    public void Lease_AfterRestart_KeepsIdTtlAndKeys()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        string id = Grant(server, 500);
        server.Ctl.Run("put", "k", "v", "--lease", id);
        server.Stop();
        server.Start();
        string status = server.Ctl.Run("lease", "timetolive", id, "--keys");
        Assert.Contains($"lease {id} granted with TTL(500s), remaining(", status, StringComparison.Ordinal);
        Assert.Contains("attached keys([k])", status, StringComparison.Ordinal);
    }

    [Fact]
    public void Endpoint_StatusHealthAndHash_DescribeTheMember()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        server.Ctl.Run("put", "k", "v");
        JsonNode status = server.Ctl.Json("endpoint", "status")[0]!["Status"]!;
        Assert.Equal((ulong)status["header"]!["member_id"]!, (ulong)status["leader"]!);
        Assert.Equal(2, (long)status["header"]!["revision"]!);
        Assert.True((long)status["dbSize"]! > 0 && (long)status["dbSizeInUse"]! > 0 && (ulong)status["raftIndex"]! >= (ulong)status["raftAppliedIndex"]!);
        Assert.Contains("is healthy: successfully committed proposal", string.Concat(server.Ctl.Try("endpoint", "health") is var h ? h.Output + h.Error : ""), StringComparison.Ordinal);
        Assert.NotEqual(0u, (uint)server.Ctl.Json("endpoint", "hashkv")[0]!["HashKV"]!["hash"]!);
        JsonNode member = server.Ctl.Json("member", "list")["members"]![0]!;
        Assert.Equal("default", (string?)member["name"]);
        Assert.Equal($"http://{server.Endpoint}", (string?)member["clientURLs"]![0]);
        Assert.Equal($"http://127.0.0.1:{server.PeerPort}", (string?)member["peerURLs"]![0]);
    }

    [Fact]
    public void HashKv_SameWork_EqualsDebianEtcds()
    {
        using EtcdProcess debian = EtcdProcess.StartNew(_folder, EtcdProgram.Debian());
        using EtcdProcess ours = EtcdProcess.StartNew(_folder);
        foreach (EtcdProcess server in new[] { debian, ours })
        {
            for (int i = 0; i < 20; i++)
                server.Ctl.Run("put", $"key{i % 7}", $"value{i}");
            server.Ctl.Run("del", "key3");
            server.Ctl.RunWithInput("\n\nput t 1\ndel key1\nput u 2\n\n\n", "txn");
        }
        Assert.Equal(HashKv(debian, 0), HashKv(ours, 0));
        Assert.Equal(HashKv(debian, 11), HashKv(ours, 11));
        Assert.Equal("compacted revision 9\n", debian.Ctl.Run("compaction", "9", "--physical"));
        Assert.Equal("compacted revision 9\n", ours.Ctl.Run("compaction", "9", "--physical"));
        Assert.Equal(HashKv(debian, 0), HashKv(ours, 0));
    }

    [Fact]
    public void Snapshot_SaveAndStatus_IsWhatTheServerHolds()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        for (int i = 0; i < 10; i++)
            server.Ctl.Run("put", $"k{i}", "v");
        string file = _folder.Combine("backup.db");
        server.Ctl.Run("snapshot", "save", file);
        JsonNode status = server.Ctl.Json("snapshot", "status", file);
        Assert.Equal(11, (long)status["revision"]!);
        Assert.Equal(new FileInfo(file).Length - 32, (long)status["totalSize"]!); // The file ends with a SHA-256.
        string restored = _folder.Combine("restored");
        server.Ctl.Run("snapshot", "restore", file, "--data-dir", restored);
        using var debian = new EtcdProcess(EtcdProgram.Debian(), restored);
        debian.Start();
        Assert.Equal(server.Ctl.Run("get", "", "--prefix"), debian.Ctl.Run("get", "", "--prefix"));
        Assert.Equal(HashKv(server, 0), HashKv(debian, 0));
    }

    [Fact]
    public void Defrag_AfterDeletes_ShrinksTheDatabaseAndKeepsTheKeys()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        string large = new('x', 100_000);
        for (int i = 0; i < 20; i++)
            server.Ctl.Run("put", $"k{i}", large);
        server.Ctl.Run("del", "k", "--prefix");
        server.Ctl.Run("put", "kept", "v");
        server.Ctl.Run("compaction", "23", "--physical");
        long before = DatabaseBytes(server);
        Assert.Equal($"Finished defragmenting etcd member[{server.Endpoint}]\n", server.Ctl.Run("defrag"));
        Assert.True(DatabaseBytes(server) < before / 2, $"{before} bytes before, {DatabaseBytes(server)} after");
        Assert.Equal("kept\nv\n", server.Ctl.Run("get", "", "--prefix"));
        server.Stop();
        server.Start();
        Assert.Equal("kept\nv\n", server.Ctl.Run("get", "", "--prefix"));
    }

    [Fact]
    public void Quota_FullDatabase_RaisesAnAlarmUntilThereIsRoom()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder, null, "--quota-backend-bytes", "500000");
        string large = new('x', 50_000);
        ToolResult last = new(0, "", "");
        for (int i = 0; i < 30 && last.ExitCode == 0; i++)
            last = server.Ctl.Try("put", $"k{i}", large);
        Assert.Contains("etcdserver: mvcc: database space exceeded", last.Error, StringComparison.Ordinal);
        Assert.Contains("alarm:NOSPACE", server.Ctl.Run("alarm", "list"), StringComparison.Ordinal);
        Assert.NotEqual(0, server.Ctl.Try("put", "small", "1").ExitCode);
        server.Ctl.Run("del", "k", "--prefix");
        long revision = (long)server.Ctl.Json("get", "k")["header"]!["revision"]!;
        server.Ctl.Run("compaction", revision.ToString(CultureInfo.InvariantCulture), "--physical");
        server.Ctl.Run("defrag");
        Assert.Contains("alarm:NOSPACE", server.Ctl.Run("alarm", "disarm"), StringComparison.Ordinal);
        Assert.Equal("", server.Ctl.Run("alarm", "list"));
        Assert.Equal("OK\n", server.Ctl.Run("put", "small", "1"));
    }

    [Fact]
    public void Auth_UsersAndRoles_AreEnforced()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder, null, "--bcrypt-cost", "4");
        Etcdctl anyone = server.Ctl, root = anyone.As("root:rootpw"), alice = anyone.As("alice:alicepw");
        anyone.Run("user", "add", "root:rootpw");
        anyone.Run("user", "add", "alice:alicepw");
        anyone.Run("role", "add", "root");
        anyone.Run("user", "grant-role", "root", "root");
        anyone.Run("role", "add", "team");
        anyone.Run("role", "grant-permission", "team", "readwrite", "team/", "--prefix");
        anyone.Run("user", "grant-role", "alice", "team");
        Assert.Equal("Authentication Enabled\n", anyone.Run("auth", "enable"));

        Assert.Equal("OK\n", alice.Run("put", "team/x", "1"));
        Assert.Contains("permission denied", alice.Try("put", "other", "1").Error, StringComparison.Ordinal);
        Assert.Contains("permission denied", alice.Try("user", "list").Error, StringComparison.Ordinal);
        Assert.Contains("user name is empty", anyone.Try("get", "team/x").Error, StringComparison.Ordinal);
        Assert.Contains("authentication failed, invalid user ID or password", anyone.As("alice:wrong").Try("get", "team/x").Error, StringComparison.Ordinal);
        Assert.Equal("team/x\n1\n", root.Run("get", "team/x"));
        Assert.Equal("alice\nroot\n", root.Run("user", "list"));
        Assert.Equal("root\nteam\n", root.Run("role", "list"));
        Assert.Equal("User: alice\nRoles: team\n", root.Run("user", "get", "alice"));

        server.Stop();
        server.Start();
        Assert.Equal("team/x\n1\n", alice.Run("get", "team/x"));
        root.RunWithInput("newpw", "user", "passwd", "alice", "--interactive=false");
        Assert.NotEqual(0, alice.Try("get", "team/x").ExitCode);
        Assert.Equal("team/x\n1\n", anyone.As("alice:newpw").Run("get", "team/x"));
        root.Run("user", "revoke-role", "alice", "team");
        Assert.Contains("permission denied", anyone.As("alice:newpw").Try("get", "team/x").Error, StringComparison.Ordinal);
        Assert.Equal("Authentication Disabled\n", root.Run("auth", "disable"));
        Assert.Equal("other\n", anyone.Run("put", "other", "1") == "OK\n" ? anyone.Run("get", "other", "--keys-only").TrimEnd('\n') + "\n" : "");
    }

    [Fact]
    public void Locks_AndElections_AreHeldByOneAtATime()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        Assert.Equal("inside\n", server.Ctl.Run("lock", "door", "echo", "inside"));
        using Process leader = server.Ctl.Start("elect", "chief", "first");
        try
        {
            Assert.StartsWith("chief/", leader.StandardOutput.ReadLine(), StringComparison.Ordinal);
            Assert.Equal("first", leader.StandardOutput.ReadLine());
        }
        finally
        {
            leader.Kill();
        }
    }

    [Fact]
    public void CheckPerf_SmallLoad_RunsToItsEnd()
    {
        if (Environment.GetEnvironmentVariable("ETCD_INTEROP_LONG") != "1")
            Assert.Skip("takes a minute; set ETCD_INTEROP_LONG=1");
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        using Process check = server.Ctl.Start("check", "perf", "--load", "s");
        string output = check.StandardOutput.ReadToEnd();
        Assert.Contains("Throughput", output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAIL: Throughput", output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Grant(EtcdProcess server, int seconds)
    {
        string[] words = server.Ctl.Run("lease", "grant", seconds.ToString(CultureInfo.InvariantCulture)).Split(' ');
        Assert.Equal($"granted with TTL({seconds}s)\n", string.Join(' ', words[2..]));
        return words[1];
    }

    private static (uint Hash, long CompactRevision) HashKv(EtcdProcess server, long revision)
    {
        JsonNode answer = server.Ctl.Json("endpoint", "hashkv", "--rev", revision.ToString(CultureInfo.InvariantCulture))[0]!["HashKV"]!;
        return ((uint)answer["hash"]!, (long)(answer["compact_revision"] ?? 0));
    }

    private static long DatabaseBytes(EtcdProcess server) => (long)server.Ctl.Json("endpoint", "status")[0]!["Status"]!["dbSize"]!;

    private static async Task<string[]> ReadLines(Process process, int count)
    {
        using var limit = new CancellationTokenSource(s_patience);
        var lines = new string[count];
        for (int i = 0; i < count; i++)
            lines[i] = await process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new EndOfStreamException(await process.StandardError.ReadToEndAsync(limit.Token));
        return lines;
    }
}
