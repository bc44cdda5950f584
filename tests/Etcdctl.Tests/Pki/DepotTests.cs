using System.Formats.Tar;
using System.Runtime.Versioning;
using Etcd.TestKit;
using Etcdctl.Text;

namespace Etcdctl.Tests.Pki;

/// <summary>The small CA in the ways of etcd-ca, judged by openssl.</summary>
[UnsupportedOSPlatform("windows")] // File modes.
public sealed class DepotTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Depot_WholeLife_TextsModesAndCertificates()
    {
        Assert.Equal("Created ca/key\nCreated ca/crt\n", await RunAsync("init", "--passphrase", "capass", "--key-bits", "2048"));
        Assert.Equal("Created alice/key\nCreated alice/csr\n", await RunAsync("new-cert", "alice", "--passphrase", "hostpass", "--key-bits", "2048", "--ip", "10.0.0.1,::1", "--domain", "a.example,b.example"));
        Assert.Equal("alice: Unsigned", (await RunAsync("status")).Split('\n')[1]);
        Assert.Equal("Created alice/crt from alice/csr signed by ca/key\n", await RunAsync("sign", "alice", "--passphrase", "capass", "--years", "2"));

        Assert.Equal(["ca.crt 444", "ca.crt.info 400", "ca.key 400", "alice.host.crt 444", "alice.host.csr 444", "alice.host.key 440"], Modes());
        Assert.Equal("3", File.ReadAllText(P("ca.crt.info")));
        Assert.Equal("alice.host.crt: OK", OpensslLine("verify", "-CAfile", P("ca.crt"), P("alice.host.crt")));
        string text = Openssl("x509", "-in", P("alice.host.crt"), "-noout", "-text").Succeeded().Output;
        Assert.Contains("Subject: C = USA, O = etcd-ca, OU = alice, CN = a.example", text, StringComparison.Ordinal);
        Assert.Contains("Serial Number: 2 (0x2)", text, StringComparison.Ordinal);
        Assert.Contains("TLS Web Server Authentication, TLS Web Client Authentication", text, StringComparison.Ordinal);
        Assert.Contains("DNS:a.example, DNS:b.example, IP Address:10.0.0.1", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Basic Constraints", text, StringComparison.Ordinal);
        string caText = Openssl("x509", "-in", P("ca.crt"), "-noout", "-text").Succeeded().Output;
        Assert.Contains("Serial Number: 1 (0x1)", caText, StringComparison.Ordinal);
        Assert.Contains("sha256WithRSAEncryption", caText, StringComparison.Ordinal);
        Assert.Contains("CA:TRUE", caText, StringComparison.Ordinal);

        string[] status = (await RunAsync("status")).Split('\n');
        Assert.Matches(@"^CA: OK \(36\d\d\.\d\d days until expiration\)$", status[0]);
        Assert.Matches(@"^alice: OK \((729|730|731)\.\d\d days until expiration\)$", status[1]);

        ToolResult chain = await ToolAsync("chain", "alice");
        Assert.Equal(File.ReadAllText(P("ca.crt")) + File.ReadAllText(P("alice.host.crt")), chain.Output);
        Assert.Equal("Outputting CA and Host certificate body:\n", chain.Error);
    }

    [Fact]
    public async Task Export_InsecureAndEncrypted_TarThatOthersRead()
    {
        await RunAsync("init", "--passphrase", "", "--key-bits", "2048");
        await RunAsync("new-cert", "bob", "--passphrase", "p", "--key-bits", "2048");
        await RunAsync("sign", "bob", "--passphrase", "");
        Dictionary<string, string> plain = Untar((await ToolAsync("export", "bob", "--insecure", "--passphrase", "p")).Output);
        Assert.Equal(["bob.crt", "bob.key.insecure"], plain.Keys.Order(StringComparer.Ordinal));
        File.WriteAllText(P("plain.key"), plain["bob.key.insecure"]);
        Openssl("rsa", "-in", P("plain.key"), "-check", "-noout").Succeeded();
        Dictionary<string, string> encrypted = Untar((await ToolAsync("export", "bob")).Output);
        Assert.Contains("Proc-Type: 4,ENCRYPTED", encrypted["bob.key"], StringComparison.Ordinal);
        File.WriteAllText(P("secret.key"), encrypted["bob.key"]);
        Openssl("rsa", "-in", P("secret.key"), "-passin", "pass:p", "-check", "-noout").Succeeded();
        Assert.Equal(["ca.crt", "ca.key"], Untar((await ToolAsync("export")).Output).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Depot_Mistakes_TextsOfEtcdCa()
    {
        Assert.Equal("CA certificate hasn't existed!", await RefusedAsync("status"));
        Assert.Equal("One host name must be provided.", await RefusedAsync("new-cert"));
        Assert.Equal("Create certificate request error: failed to parse ip bogus", await RefusedAsync("new-cert", "x", "--passphrase", "", "--ip", "bogus"));
        Assert.StartsWith("Get certificate request error: stat ", await RefusedAsync("sign", "x", "--passphrase", ""), StringComparison.Ordinal);
        await RunAsync("new-cert", "x", "--passphrase", "", "--key-bits", "2048");
        Assert.Equal("Certificate request has existed!", await RefusedAsync("new-cert", "x", "--passphrase", ""));
        Assert.Equal("Please run 'etcd-ca init' to initial the depot.", await RefusedAsync("sign", "x", "--passphrase", ""));
        await RunAsync("init", "--passphrase", "right", "--key-bits", "2048");
        Assert.Equal("CA has existed!", await RefusedAsync("init", "--passphrase", ""));
        Assert.Equal("Failed to parse private key", await RefusedAsync("sign", "x", "--passphrase", "wrong"));
        await RunAsync("sign", "x", "--passphrase", "right");
        Assert.Equal("Certificate has existed!", await RefusedAsync("sign", "x", "--passphrase", "right"));
        Assert.NotEqual("", await RefusedAsync("new-cert", "../x", "--passphrase", ""));
    }

    [Fact]
    public async Task Init_AsksForThePassphraseTwice()
    {
        ToolResult differ = await Tool.RunAsync(new ToolInput("a\nb\n"), "pki", "init", "--depot-path", _folder.Path, "--key-bits", "2048");
        Assert.Equal("Error: Passphrases do not match.\n", differ.Error);
        ToolResult same = await Tool.RunAsync(new ToolInput("a\na\n"), "pki", "init", "--depot-path", _folder.Path, "--key-bits", "2048");
        Assert.Contains("Enter passphrase (empty for no passphrase): ", same.Output, StringComparison.Ordinal);
        Assert.Equal(0, same.Code);
    }

    private Task<ToolResult> ToolAsync(params string[] arguments) => Tool.RunAsync(["pki", .. arguments, "--depot-path", _folder.Path]);

    private async Task<string> RunAsync(params string[] arguments)
    {
        ToolResult result = await ToolAsync(arguments);
        Assert.True(result.Code == 0, result.Error);
        return result.Output;
    }

    private async Task<string> RefusedAsync(params string[] arguments)
    {
        ToolResult result = await ToolAsync(arguments);
        Assert.Equal(1, result.Code);
        Assert.StartsWith("Error: ", result.Error, StringComparison.Ordinal);
        return result.Error["Error: ".Length..].Split('\n')[0];
    }

    private static Etcd.TestKit.ToolResult Openssl(params string[] arguments) => RealTool.Run(RealTool.Require("openssl", "openssl"), arguments);

    private static string OpensslLine(params string[] arguments)
    {
        string line = Openssl(arguments).Succeeded().Output.Trim();
        return line[(line.LastIndexOf('/') + 1)..];
    }

    private static Dictionary<string, string> Untar(string output)
    {
        using var stream = new MemoryStream(GoString.Encode(output));
        using var tar = new TarReader(stream);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        while (tar.GetNextEntry() is { } entry)
        {
            using var reader = new StreamReader(entry.DataStream!);
            files.Add(entry.Name, reader.ReadToEnd());
        }
        return files;
    }

    private string[] Modes() =>
    [
        .. Directory.GetFiles(_folder.Path)
            .OrderBy(static path => Path.GetFileName(path).Contains(".host.", StringComparison.Ordinal)).ThenBy(static path => path, StringComparer.Ordinal)
            .Select(static path => $"{Path.GetFileName(path)} {Convert.ToString((int)File.GetUnixFileMode(path), 8)}"),
    ];

    private string P(string name) => _folder.Combine(name);
}
