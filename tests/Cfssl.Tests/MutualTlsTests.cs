using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>The certificates of the documented flow, made by our programs, in use by curl and Debian's etcd and etcdctl.</summary>
public sealed class MutualTlsTests(DocumentedFlow flow) : IClassFixture<DocumentedFlow>
{
    private static readonly Dictionary<string, string> s_v3 = new(StringComparer.Ordinal) { ["ETCDCTL_API"] = "3" };

    [Fact]
    public async Task Etcd_WithOurCertificates_ServesThoseWhomItShould()
    {
        await using RealEtcd etcd = await RealEtcd.StartAsync(
            "--cert-file", P("server.pem"), "--key-file", P("server-key.pem"), "--client-cert-auth", "--trusted-ca-file", P("ca.pem"),
            "--peer-cert-file", P("member.pem"), "--peer-key-file", P("member-key.pem"), "--peer-client-cert-auth", "--peer-trusted-ca-file", P("ca.pem"),
            "--enable-v2");
        string url = $"https://{etcd.Endpoint}";

        foreach (string identity in new[] { "client", "member" })
        {
            Assert.Equal(0, Etcdctl(url, identity, "put", "k", identity).ExitCode);
            Assert.Equal($"k\n{identity}\n", Etcdctl(url, identity, "get", "k").Succeeded().Output);
            string written = Curl(identity, $"{url}/v2/keys/foo", "-XPUT", "-d", "value=" + identity).Succeeded().Output;
            Assert.Contains($"\"value\":\"{identity}\"", written, StringComparison.Ordinal);
        }
        Assert.Contains("\"health\":\"true\"", Curl("client", url + "/health").Succeeded().Output, StringComparison.Ordinal);

        // The server's own certificate is none for clients, and without one nobody gets in.
        Assert.NotEqual(0, Etcdctl(url, "server", "get", "k").ExitCode);
        Assert.NotEqual(0, Curl("server", url + "/health").ExitCode);
        Assert.NotEqual(0, Curl(null, url + "/health").ExitCode);
        Assert.Contains("incompatible key usage", etcd.Log, StringComparison.Ordinal);
    }

    private ToolResult Etcdctl(string url, string identity, params string[] arguments) => RealTool.Run(
        RealTool.Require("etcdctl", "etcd-client"),
        ["--endpoints", url, "--cacert", P("ca.pem"), "--cert", P(identity + ".pem"), "--key", P(identity + "-key.pem"), "--command-timeout", "3s", "--dial-timeout", "3s", .. arguments],
        environment: s_v3);

    private ToolResult Curl(string? identity, string url, params string[] arguments) => RealTool.Run(
        RealTool.Require("curl", "curl"),
        ["-s", "--noproxy", "*", "--max-time", "5", "--cacert", P("ca.pem"), .. identity is null ? [] : new[] { "--cert", P(identity + ".pem"), "--key", P(identity + "-key.pem") }, url, .. arguments]);

    private string P(string name) => Path.Combine(flow.Ours, name);
}
