using System.Globalization;
using Etcd.TestKit;

namespace Etcdctl.Tests.Pki;

/// <summary>Mistakes that show only with a running member.</summary>
public sealed class CheckTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Check_LiveMember_EveryMistakeInPlainWords()
    {
        await UpAsync("good", "alice");
        await UpAsync("other", "alice");
        await using RealEtcd etcd = await StartSecureAsync();
        string url = "https://" + etcd.Endpoint;
        string[] clientFiles = [P("good/client/ca.pem"), P("good/client/client.pem"), P("good/client/client-key.pem")];

        string fine = await CheckAsync(0, [.. clientFiles, "--endpoint", url]);
        Assert.True(fine.Contains("accepts " + clientFiles[1], StringComparison.Ordinal), fine);

        Assert.Contains("demands a client certificate, and none was given", await CheckAsync(1, P("good/client/ca.pem"), "--endpoint", url), StringComparison.Ordinal);
        Assert.Contains("which is none of the CAs given", await CheckAsync(1, P("other/client/ca.pem"), "--endpoint", url), StringComparison.Ordinal);
        Assert.Contains("refuses the client certificate", await CheckAsync(1, P("other/client"), "--endpoint", url), StringComparison.Ordinal);
        Assert.Contains("does not speak clear HTTP", await CheckAsync(1, [.. clientFiles, "--endpoint", "http://" + etcd.Endpoint]), StringComparison.Ordinal);
        string wrongHost = await CheckAsync(1, [.. clientFiles, "--endpoint", $"https://127.0.0.1.nip.invalid:{etcd.ClientPort.ToString(CultureInfo.InvariantCulture)}"]);
        Assert.Contains("cannot be reached", wrongHost, StringComparison.Ordinal);

        // With authentication on, the common name has to be a user.
        string[] asRoot = ["--endpoints", url, "--cacert", clientFiles[0], "--cert", clientFiles[1], "--key", clientFiles[2]];
        foreach (string line in new[] { "user add root:x", "role add root", "user grant-role root root", "auth enable" })
            RealTool.Run(RealTool.Require("etcdctl", "etcd-client"), [.. asRoot, .. line.Split(' ')], environment: V3()).Succeeded();
        string noUser = await CheckAsync(1, [.. clientFiles, "--endpoint", url]);
        Assert.Contains("the certificate's common name \"alice\" is no user", noUser, StringComparison.Ordinal);
        Assert.Contains("etcdctl user add alice", noUser, StringComparison.Ordinal);
        RealTool.Run(RealTool.Require("etcdctl", "etcd-client"), [.. asRoot, "--user", "root:x", "user", "add", "alice:y"], environment: V3()).Succeeded();
        await CheckAsync(0, [.. clientFiles, "--endpoint", url]);
    }

    [Fact]
    public async Task Check_ClearTextMember_IsTold()
    {
        await using RealEtcd etcd = await RealEtcd.StartAsync();
        Assert.Contains("warning", await CheckAsync(0, "--endpoint", "http://" + etcd.Endpoint), StringComparison.Ordinal);
        Assert.Contains("speaks clear HTTP, not TLS", await CheckAsync(1, "--endpoint", "https://" + etcd.Endpoint), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ServerWithWrongNameAndAutoTls_IsTold()
    {
        await UpAsync("good", "alice");
        string serverFolder = P("elsewhere");
        await UpAsync("elsewhere", "alice", "a=10.9.8.7");
        // The wrong-named pair is from its own CA; the client trusts that one.
        await using RealEtcd etcd = await RealEtcd.StartAsync("--cert-file", Path.Combine(serverFolder, "client/client.pem"), "--key-file", Path.Combine(serverFolder, "client/client-key.pem"));
        string said = await CheckAsync(1, P("elsewhere/client/ca.pem"), "--endpoint", "https://" + etcd.Endpoint);
        Assert.Contains("for no names at all, not for 127.0.0.1", said, StringComparison.Ordinal);
        Assert.Contains("without the usage \"server auth\"", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_Json_ExitCodeAndObject()
    {
        await UpAsync("good", "alice");
        ToolResult result = await Tool.RunAsync("pki", "check", P("good/a/ssl"), "--host", "10.1.1.1", "-w", "json");
        Assert.Equal(1, result.Code);
        using var json = System.Text.Json.JsonDocument.Parse(result.Output);
        Assert.False(json.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(128, (await Tool.RunAsync("pki", "check", "--role", "king")).Code);
    }

    private static Dictionary<string, string> V3() => new(StringComparer.Ordinal) { ["ETCDCTL_API"] = "3" };

    private Task<RealEtcd> StartSecureAsync() => RealEtcd.StartAsync(
        "--cert-file", P("good/a/ssl/server.pem"), "--key-file", P("good/a/ssl/server-key.pem"), "--client-cert-auth", "--trusted-ca-file", P("good/a/ssl/ca.pem"));

    private async Task UpAsync(string folder, string clientName, string members = "a=127.0.0.1")
    {
        ToolResult up = await Tool.RunAsync("pki", "up", "--members", members, "--out", P(folder), "--client-name", clientName);
        Assert.True(up.Code == 0, up.Error);
    }

    private static async Task<string> CheckAsync(int code, params string[] arguments)
    {
        ToolResult result = await Tool.RunAsync(["pki", "check", .. arguments]);
        Assert.True(result.Code == code, result.Output + result.Error);
        return result.Output;
    }

    private string P(string path) => _folder.Combine(path);
}
