using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Etcd.TestKit;

namespace Etcdctl.Tests.Real;

/// <summary>Commands that stay, or that need more than one server or process.</summary>
public class LiveTests(RealEtcdFixture fixture)
{
    private const string Dead = "127.0.0.1:1";

    [Fact]
    public async Task Watch_Exec_RunsTheCommandPerEvent()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        await RunAsync(endpoint, "put", "live/exec", "x y");
        long revision = await RevisionAsync(endpoint);
        await RunAsync(endpoint, "del", "live/exec");
        Task<ToolResult> watching = Tool.RunAsync(
            "watch", "live/exec", "--rev", $"{revision}", "--endpoints", endpoint, "--", "sh", "-c", "env | grep ^ETCD_WATCH | sort; test $ETCD_WATCH_EVENT_TYPE = '\"PUT\"'");

        ToolResult result = await watching;

        // The command fails at the second event, and that ends the program.
        Assert.Equal(1, result.Code);
        Assert.Matches(
            "^PUT\nlive/exec\nx y\nDELETE\nlive/exec\n\nETCD_WATCH_EVENT_TYPE=\"PUT\"\nETCD_WATCH_KEY=\"live/exec\"\nETCD_WATCH_REVISION=\\d+\nETCD_WATCH_VALUE=\"x y\"\n"
            + "ETCD_WATCH_EVENT_TYPE=\"DELETE\"\nETCD_WATCH_KEY=\"live/exec\"\nETCD_WATCH_REVISION=\\d+\nETCD_WATCH_VALUE=\"\"\n$", result.Output);
        Assert.EndsWith("error (exit status 1)\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_Interactive_TakesLinesUntilTheInputEnds()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        await RunAsync(endpoint, "put", "live/interactive", "1");
        long revision = await RevisionAsync(endpoint);
        var lines = new Pipe();
        RunningTool watching = Tool.Start(new ToolInput { Stream = lines.Reader.AsStream() }, "watch", "-i", "--endpoints", endpoint);
        async Task TypeAsync(string text) => await lines.Writer.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);
        await TypeAsync($"bad\nwatch\nwatch live/interactive --rev {revision} --nosuch\nwatch live/interactive --rev {revision}\n");
        await watching.OutputAsync("PUT\nlive/interactive\n1\n");
        await RunAsync(endpoint, "put", "live/interactive", "2");
        await watching.OutputAsync("PUT\nlive/interactive\n2\n");
        await TypeAsync("progress\n");
        await watching.OutputAsync("progress notify: ");
        await lines.Writer.CompleteAsync();

        ToolResult result = await watching.Result;

        Assert.Equal(3, result.Code);
        Assert.Contains("Invalid command bad (only support watch)\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("Invalid command watch (bad number of arguments)\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("(unknown flag: --nosuch)\n", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("Error: Error reading watch request line: EOF\n", result.Error, StringComparison.Ordinal);
        Assert.StartsWith("PUT\nlive/interactive\n1\nPUT\nlive/interactive\n2\n", result.Output, StringComparison.Ordinal);
        Assert.Matches("progress notify: \\d+\n", result.Output);
    }

    [Fact]
    public async Task Lock_HeldByRealTool_OursWaitsForItsEnd()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        Task<ToolResult> real = RealEtcdctl.RunAsync("", "--endpoints", endpoint, "lock", "live/lock", "--", "sh", "-c", "sleep 1; echo real");
        // The real one's key is there: it holds the lock.
        while ((await RunAsync(endpoint, "get", "--prefix", "live/lock/", "--keys-only")).Output.Length == 0)
            await Task.Delay(20, TestContext.Current.CancellationToken);

        ToolResult ours = await RunAsync(endpoint, "lock", "live/lock", "--", "sh", "-c", "echo $ETCD_LOCK_KEY");

        Assert.True(real.IsCompleted || (await real).Output == "real\n");
        Assert.Equal(0, ours.Code);
        Assert.Matches("^live/lock/[0-9a-f]+\n$", ours.Output);
        Assert.Empty((await RunAsync(endpoint, "get", "--prefix", "live/lock/")).Output);
    }

    [Fact]
    public async Task Lock_Interrupted_IsReleased()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        RunningTool holding = Tool.Start("lock", "live/released", "--endpoints", endpoint);
        await holding.OutputAsync("live/released/");

        ToolResult result = await holding.InterruptAsync();

        Assert.Equal(0, result.Code);
        Assert.Matches("^live/released/[0-9a-f]+\n\n$", result.Output);
        Assert.Empty((await RunAsync(endpoint, "get", "--prefix", "live/released/")).Output);
    }

    [Fact]
    public async Task Elect_Won_IsSeenByObserversUntilInterrupted()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        RunningTool observing = Tool.Start("elect", "-l", "live/elect", "--endpoints", endpoint);
        RunningTool leading = Tool.Start("elect", "live/elect", "ours", "--endpoints", endpoint);
        await leading.OutputAsync("ours\n");
        await observing.OutputAsync("ours\n");
        ToolResult seenByReal = await RealEtcdctl.RunAsync("", "--endpoints", endpoint, "get", "--prefix", "live/elect/", "--print-value-only");

        ToolResult led = await leading.InterruptAsync();
        ToolResult observed = await observing.InterruptAsync();

        Assert.Equal("ours\n", seenByReal.Output);
        Assert.Matches("^live/elect/[0-9a-f]+\nours\n$", led.Output);
        Assert.Matches("^live/elect/[0-9a-f]+\nours\n$", observed.Output);
        Assert.Empty((await RunAsync(endpoint, "get", "--prefix", "live/elect/")).Output);
    }

    [Fact]
    public async Task SnapshotSave_IsWholeAndPrivate_AndRealToolReadsIt()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        using var folder = new TempDirectory();
        string path = folder.Combine("snap.db");
        await RunAsync(endpoint, "put", "live/snapshot", "1");

        ToolResult result = await RunAsync(endpoint, "snapshot", "save", path);

        Assert.Equal((0, $"Snapshot saved at {path}\n"), (result.Code, result.Output));
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(SHA256.HashData(bytes.AsSpan(..^32)), bytes[^32..]);
        Assert.False(File.Exists(path + ".part"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Equal(0, (await RealEtcdctl.RunAsync("", "snapshot", "status", path)).Code);
    }

    [Fact]
    public async Task SnapshotSave_FolderMissing_SaysSo()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;

        ToolResult result = await RunAsync(endpoint, "snapshot", "save", "/nosuchdir/x");

        Assert.Equal("Error: could not open /nosuchdir/x.part (open /nosuchdir/x.part: no such file or directory)\n", result.Complaint);
        Assert.Equal(5, result.Code);
    }

    [Fact]
    public async Task MakeMirror_CopiesWhatIsThereAndWhatComes()
    {
        string source = (await fixture.ServerAsync()).Endpoint;
        await using RealEtcd destination = await RealEtcd.StartAsync();
        await RunAsync(source, "put", "live/mirror/a", "1");
        // Nothing ends mirroring but trouble; the destination's end is that.
        Task<ToolResult> mirroring = Tool.RunAsync(
            "make-mirror", "--prefix", "live/mirror/", "--dest-prefix", "copy/", "--endpoints", source, "--command-timeout", "1s", destination.Endpoint);
        await UntilAsync(destination.Endpoint, "copy/a\n1\n");

        await RunAsync(source, "put", "live/mirror/b", "2");
        await RunAsync(source, "del", "live/mirror/a");
        await UntilAsync(destination.Endpoint, "copy/b\n2\n");

        await destination.StopAsync();
        await RunAsync(source, "put", "live/mirror/c", "3");
        ToolResult result = await mirroring;
        Assert.Equal((1, "Error: context deadline exceeded\n"), (result.Code, result.Complaint));
    }

    [Fact]
    public async Task LeaseKeepAlive_Revoked_SaysSo()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        string lease = (await RunAsync(endpoint, "lease", "grant", "5")).Output.Split(' ')[1];
        RunningTool keeping = Tool.Start("lease", "keep-alive", lease, "--endpoints", endpoint);
        await keeping.OutputAsync("keepalived");
        await RunAsync(endpoint, "lease", "revoke", lease);

        ToolResult result = await keeping.Result;

        Assert.Equal(0, result.Code);
        Assert.StartsWith($"lease {lease} keepalived with TTL(5)\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith($"lease {lease} expired or revoked.\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndpointCommands_AllFormats_Work()
    {
        RealEtcd server = await fixture.ServerAsync();

        Assert.Matches($"^{server.Endpoint} is healthy: successfully committed proposal: took = [0-9.]+[mµ]?s\n$", (await RunAsync(server.Endpoint, "endpoint", "health")).Output);
        Assert.Matches("^\\[{\"endpoint\":\"[^\"]+\",\"health\":true,\"took\":\"[^\"]+\"}]\n$", (await RunAsync(server.Endpoint, "endpoint", "health", "-w", "json")).Output);
        Assert.Matches($"^http://{server.Endpoint}, [0-9a-f]+, 3\\.4\\.\\d+, , .* kB, .* kB, \\d+%, 0 B, true, false, ", (await RunAsync(server.Endpoint, "endpoint", "status", "--cluster")).Output);
        Assert.Matches($"^{server.Endpoint}, \\d+, 0\n$", (await RunAsync(server.Endpoint, "endpoint", "hashkv")).Output);
        Assert.Matches($"^Finished defragmenting etcd member\\[{server.Endpoint}]\\. took [0-9.]+[mµ]?s\n$", (await RunAsync(server.Endpoint, "defrag")).Output);
    }

    [Fact]
    public async Task CountOnly_FieldsAndJson()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        await RunAsync(endpoint, "put", "live/count/1", "");
        await RunAsync(endpoint, "put", "live/count/2", "");

        Assert.EndsWith("\"More\" : false\n\"Count\" : 2\n", (await RunAsync(endpoint, "get", "live/count/", "--prefix", "--count-only", "-w", "fields")).Output, StringComparison.Ordinal);
        Assert.EndsWith(",\"count\":2}\n", (await RunAsync(endpoint, "get", "live/count/", "--prefix", "--count-only", "-w", "json")).Output, StringComparison.Ordinal);
        ToolResult refused = await RunAsync(endpoint, "get", "live/count/", "--count-only");
        Assert.Equal((128, "Error: --count-only is only for `--write-out=fields`\n"), (refused.Code, refused.Complaint));
    }

    [Fact]
    public async Task RevisionFilters_LeaveOutWhatIsTooOldOrNew()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        await RunAsync(endpoint, "put", "live/filter/1", "");
        long revision = await RevisionAsync(endpoint, "live/filter/1");
        await RunAsync(endpoint, "put", "live/filter/2", "");

        Assert.Equal("live/filter/2\n\n", (await RunAsync(endpoint, "get", "live/filter/", "--prefix", "--min-mod-rev", $"{revision + 1}")).Output);
        Assert.Equal("live/filter/1\n\n", (await RunAsync(endpoint, "get", "live/filter/", "--prefix", "--max-create-rev", $"{revision}")).Output);
    }

    [Fact]
    public async Task DelRange_WithFlag_DoesNotWait()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        await RunAsync(endpoint, "put", "live/range/1", "");

        ToolResult result = await RunAsync(endpoint, "del", "live/range/1", "live/range/9", "--range");

        Assert.Equal((0, "1\n", ""), (result.Code, result.Output, result.Error));
    }

    [Fact]
    public async Task Members_AddedPromotedRemoved_RealToolAgrees()
    {
        await using RealEtcd server = await RealEtcd.StartAsync();
        const string PeerUrl = "http://127.0.0.1:2";

        ToolResult added = await RunAsync(server.Endpoint, "member", "add", "n2", "--learner", $"--peer-urls={PeerUrl}");

        Assert.Matches(
            $"^Member +[0-9a-f]+ added to cluster +[0-9a-f]+\n\nETCD_NAME=\"n2\"\nETCD_INITIAL_CLUSTER=\"[^\"]*n2={PeerUrl}[^\"]*\"\nETCD_INITIAL_ADVERTISE_PEER_URLS=\"{PeerUrl}\"\nETCD_INITIAL_CLUSTER_STATE=\"existing\"\n$",
            added.Output);
        Assert.Contains($"{server.Name}=http://127.0.0.1:{server.PeerPort}", added.Output, StringComparison.Ordinal);
        string id = added.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        string[] list = ["member", "list", "--endpoints", server.Endpoint];
        Assert.Equal((await RealEtcdctl.RunAsync("", list)).Output, (await Tool.RunAsync(list)).Output);
        Assert.Contains($"{id}, unstarted, , {PeerUrl}, , true\n", (await Tool.RunAsync(list)).Output, StringComparison.Ordinal);

        ToolResult promoted = await RunAsync(server.Endpoint, "member", "promote", id);
        Assert.Equal("Error: etcdserver: can only promote a learner member which is in sync with leader\n", promoted.Complaint);
        ToolResult updated = await RunAsync(server.Endpoint, "member", "update", id, "--peer-urls=http://127.0.0.1:3");
        Assert.Matches($"^Member +{id} updated in cluster +[0-9a-f]+\n$", updated.Output);
        ToolResult removed = await RunAsync(server.Endpoint, "member", "remove", id);
        Assert.Matches($"^Member +{id} removed from cluster +[0-9a-f]+\n$", removed.Output);
    }

    [Fact]
    public async Task Snapshot_SeveralEndpoints_AreRefused()
    {
        ToolResult result = await Tool.RunAsync("snapshot", "save", "x", "--endpoints", "a:1,b:2");

        Assert.Equal((5, "Error: snapshot must be requested to one selected node, not multiple [a:1 b:2]\n"), (result.Code, result.Complaint));
    }

    [Theory]
    [InlineData("get a", 1, "Error: context deadline exceeded\n")]
    [InlineData("put a b", 1, "Error: context deadline exceeded\n")]
    [InlineData("endpoint health", 1, "127.0.0.1:1 is unhealthy: failed to commit proposal: context deadline exceeded\nError: unhealthy cluster\n")]
    [InlineData("endpoint status", 1, "Failed to get the status of endpoint 127.0.0.1:1 (context deadline exceeded)\n")]
    [InlineData("endpoint hashkv", 1, "Failed to get the hash of endpoint 127.0.0.1:1 (context deadline exceeded)\nError: context deadline exceeded\n")]
    [InlineData("endpoint status --cluster", 1, "Error: failed to fetch endpoints from etcd cluster member list: context deadline exceeded\n")]
    [InlineData("lease list", 2, "Error: context deadline exceeded\n")]
    [InlineData("get a --user a:b --dial-timeout 100ms", 2, "Error: context deadline exceeded\n")]
    public async Task Unreachable_EachCommand_SaysWhatRealOnesSay(string line, int code, string complaint)
    {
        ToolResult result = await Tool.RunAsync(["--endpoints", Dead, "--command-timeout", "100ms", .. line.Split(' ')]);

        Assert.Equal(complaint, result.Complaint);
        Assert.Equal(code, result.Code);
    }

    private static Task<ToolResult> RunAsync(string endpoint, params string[] arguments) => Tool.RunAsync([arguments[0], "--endpoints", endpoint, .. arguments[1..]]);

    private static async Task<long> RevisionAsync(string endpoint, string key = "nosuch")
    {
        string json = (await RunAsync(endpoint, "get", key, "-w", "json")).Output;
        return long.Parse(Regex.Match(json, key == "nosuch" ? "\"revision\":(\\d+)" : "\"mod_revision\":(\\d+)", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value);
    }

    private static async Task UntilAsync(string endpoint, string output)
    {
        while ((await RunAsync(endpoint, "get", "--prefix", "copy/")).Output != output)
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }
}
