using Etcd.TestKit;

namespace Etcdctl.Tests.Pki;

/// <summary><c>pki up</c>, <c>pki check</c> and <c>pki rotate</c> with a living cluster of Debian's etcd.</summary>
public sealed class UpTests
{
    [Fact]
    public async Task Up_ThreeMembers_ClusterRunsChecksCleanAndSurvivesARotation()
    {
        await using SecureCluster cluster = await SecureCluster.StartAsync();

        // Both etcdctls, over mutual TLS; the printed command is exact.
        Assert.Contains("is healthy", Output(cluster.Etcdctl("endpoint", "health")), StringComparison.Ordinal);
        cluster.Etcdctl("put", "k", "before").Succeeded();
        string[] printed = cluster.NextCommands[^1].Split(' ');
        Assert.Equal("etcdctl", printed[0]);
        ToolResult health = await Tool.RunAsync(printed[1..]);
        Assert.True(health.Code == 0, health.Error + cluster.Logs);
        string[] curl = ["-s", "--noproxy", "*", "--cacert", cluster.P("client/ca.pem"), "--cert", cluster.P("client/client.pem"), "--key", cluster.P("client/client-key.pem"), $"https://127.0.0.2:{cluster.ClientPort}/v3/kv/range", "-d", """{"key":"aw=="}"""];
        Assert.Contains("YmVmb3Jl", RealTool.Run(RealTool.Require("curl", "curl"), curl).Succeeded().Output, StringComparison.Ordinal);

        await AssertCleanAsync(cluster);

        // Stage by stage, with what the command says to do after each; the cluster answers all the time.
        await RotateAsync(cluster, 1);
        await cluster.RollAsync();
        Assert.Contains("before", Output(cluster.Etcdctl("get", "k")), StringComparison.Ordinal);
        await RotateAsync(cluster, 2);
        cluster.Etcdctl("put", "k", "after").Succeeded(); // New certificates, no restart.
        await RotateAsync(cluster, 3);
        await cluster.RollAsync();
        Assert.Contains("after", Output(cluster.Etcdctl("get", "k")), StringComparison.Ordinal);
        await AssertCleanAsync(cluster);
        Assert.DoesNotContain("rejected connection", cluster.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_BadArguments_SayTheForm()
    {
        using var folder = new TempDirectory();
        Assert.Equal(128, (await Tool.RunAsync("pki", "up")).Code);
        ToolResult result = await Tool.RunAsync("pki", "up", "--members", "a", "--out", folder.Path);
        Assert.Equal(1, result.Code);
        Assert.Contains("hint: --members takes name=address", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
        result = await Tool.RunAsync("pki", "up", "--members", "a=10.0.0.1", "--out", folder.Path, "--key-type", "rsa-1024");
        Assert.Equal(1, result.Code);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Up_Json_ForScripts()
    {
        using var folder = new TempDirectory();
        ToolResult result = await Tool.RunAsync("pki", "up", "--members", "a=10.0.0.1", "--out", folder.Path, "-w", "json");
        using var json = System.Text.Json.JsonDocument.Parse(result.Output);
        Assert.All(json.RootElement.GetProperty("actions").EnumerateArray(), static action => Assert.Equal("created", action.GetProperty("outcome").GetString()));
        Assert.Contains("scp -pr", json.RootElement.GetProperty("next").ToString(), StringComparison.Ordinal);
    }

    private static async Task RotateAsync(SecureCluster cluster, int stage)
    {
        ToolResult result = await Tool.RunAsync("pki", "rotate", "--out", cluster.Folder, "--stage", stage.ToString());
        Assert.True(result.Code == 0, result.Error);
        Assert.Contains("Next:", result.Output, StringComparison.Ordinal);
    }

    private static async Task AssertCleanAsync(SecureCluster cluster)
    {
        ToolResult check = await Tool.RunAsync(
            "pki", "check", cluster.P("client"), cluster.P("a/ssl"), "--endpoint", $"https://127.0.0.3:{cluster.ClientPort}");
        Assert.True(check.Code == 0, check.Output);
        Assert.DoesNotContain("error", check.Output, StringComparison.Ordinal);
        Assert.Contains("accepts " + cluster.P("client/client.pem"), check.Output, StringComparison.Ordinal);
    }

    private static string Output(Etcd.TestKit.ToolResult result) => result.Output + result.Error;
}
