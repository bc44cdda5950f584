using System.Text.Json.Nodes;
using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>Bundles, against the original's.</summary>
public sealed class BundleTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public BundleTests()
    {
        Write("config.json", """
            {"signing":{"default":{"expiry":"9000h","usages":["signing","server auth"],"ocsp_url":"http://127.0.0.1:1/"},
             "profiles":{"ca":{"expiry":"9000h","usages":["cert sign"],"ca_constraint":{"is_ca":true,"max_path_len_zero":true}},
                         "plain":{"expiry":"100h","usages":["signing","client auth","server auth"],"crl_url":"http://c/"},
                         "client":{"expiry":"100h","usages":["client auth"]}}}}
            """);
        Save("root", OurTool.CfsslWithInput("""{"CN":"Root","names":[{"O":"Org","C":"DE"}]}""", "gencert", "-initca", "-"));
        Save("int", OurTool.CfsslWithInput("""{"CN":"Inter"}""", "gencert", "-ca", P("root.pem"), "-ca-key", P("root-key.pem"), "-config", P("config.json"), "-profile", "ca", "-"));
        Save("leaf", Issue("int", "default", """{"CN":"leaf.example","hosts":["b.example"]}"""));
        Save("plain", Issue("int", "plain", """{"CN":"plain.example","key":{"algo":"rsa","size":2048}}"""));
        Save("direct", Issue("root", "default", """{"CN":"direct.example"}"""));
        Save("client", Issue("int", "client", """{"CN":"client"}"""));
        Write("full.pem", File.ReadAllText(P("leaf.pem")) + File.ReadAllText(P("int.pem")));
        Write("reversed.pem", File.ReadAllText(P("int.pem")) + File.ReadAllText(P("leaf.pem")));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("-cert leaf.pem -ca-bundle root.pem -int-bundle int.pem")]
    [InlineData("-cert leaf.pem -ca-bundle root.pem -int-bundle int.pem -flavor optimal -key leaf-key.pem")]
    [InlineData("-cert leaf.pem -ca-bundle root.pem -int-bundle int.pem -flavor force")]
    [InlineData("-cert full.pem -ca-bundle root.pem -int-bundle root.pem")]
    [InlineData("-cert full.pem -ca-bundle root.pem -int-bundle root.pem -flavor force")]
    [InlineData("-cert reversed.pem -ca-bundle root.pem -int-bundle root.pem -flavor optimal")]
    [InlineData("-cert plain.pem -ca-bundle root.pem -int-bundle int.pem")]
    [InlineData("-cert direct.pem -ca-bundle root.pem -int-bundle int.pem")]
    [InlineData("-cert int.pem -ca-bundle root.pem -int-bundle root.pem")]
    [InlineData("-cert leaf.pem -ca-bundle int.pem -int-bundle int.pem")]
    [InlineData("-cert leaf.pem -ca-bundle root.pem -int-bundle int.pem -flavor bogus")]
    public void Bundle_SameInput_SameBundleAsTheOriginal(string line)
    {
        ToolResult theirs = DebianCfssl.Run(Arguments(line, "their-stash"));
        ToolResult ours = OurTool.Cfssl(Arguments(line, "our-stash"));
        Assert.True(theirs.ExitCode == 0, theirs.Error);
        Assert.True(ours.ExitCode == 0, ours.Error);
        JsonNode our = JsonNode.Parse(ours.Output)!;
        our.AsObject().Remove("leaf_expires"); // Newer than the package's original.
        Assert.Equal(Comparable(JsonNode.Parse(theirs.Output)!), Comparable(our));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-cert leaf.pem -ca-bundle root.pem -int-bundle root.pem")]
    [InlineData("-cert leaf.pem -key root-key.pem -ca-bundle root.pem -int-bundle int.pem")]
    [InlineData("-cert root.pem -ca-bundle root.pem -int-bundle int.pem")]
    [InlineData("-cert nofile -ca-bundle root.pem -int-bundle int.pem")]
    [InlineData("-cert leaf.pem -ca-bundle nofile -int-bundle int.pem")]
    [InlineData("-cert leaf.pem -ca-bundle root.pem -int-bundle nofile")]
    [InlineData("-cert config.json -ca-bundle root.pem -int-bundle int.pem")]
    [InlineData("-cert leaf.pem -key nofile -ca-bundle root.pem -int-bundle int.pem")]
    public void Bundle_BadInput_SameErrorCodeAsTheOriginal(string line)
    {
        ToolResult theirs = DebianCfssl.Run(Arguments(line, "stash"));
        ToolResult ours = OurTool.Cfssl(Arguments(line, "stash"));
        Assert.Equal(theirs.ExitCode, ours.ExitCode);
        Assert.Equal(LastLine(theirs), LastLine(ours));
        Assert.Empty(ours.Output);
    }

    [Fact]
    public void Bundle_ClientCertificate_NamesTheMissingUsage()
    {
        ToolResult ours = OurTool.Cfssl(Arguments("-cert client.pem -ca-bundle root.pem -int-bundle int.pem", "stash"));
        Assert.Equal(1, ours.ExitCode);
        Assert.Contains("\"code\":1214", ours.Error, StringComparison.Ordinal);
        Assert.Contains("server auth", ours.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Bundle_ThroughTheFilesOfCfssljson_MakesAServableChain()
    {
        string bundle = OurTool.Cfssl(Arguments("-cert leaf.pem -ca-bundle root.pem -int-bundle int.pem", "stash")).Succeeded().Output;
        OurTool.SplitJson("{\"bundle\":" + bundle + "}", "-bare", P("out")).Succeeded();
        string[] verify = ["verify", "-CAfile", P("out-root.pem"), "-untrusted", P("out-bundle.pem"), P("leaf.pem")];
        Assert.Contains("OK", RealTool.Run(RealTool.Require("openssl", "openssl"), verify).Succeeded().Output, StringComparison.Ordinal);
    }

    private ToolResult Issue(string ca, string profile, string json) => OurTool.CfsslWithInput(
        json, "gencert", "-ca", P(ca + ".pem"), "-ca-key", P(ca + "-key.pem"), "-config", P("config.json"), "-profile", profile, "-");

    private void Save(string name, ToolResult made)
    {
        string output = made.Succeeded().Output;
        Write(name + ".pem", CertificateFields.Member(output, "cert"));
        Write(name + "-key.pem", CertificateFields.Member(output, "key"));
    }

    private static string Comparable(JsonNode bundle)
    {
        bundle["hostnames"] = string.Join(',', bundle["hostnames"]!.AsArray().Select(static host => host!.GetValue<string>()).Order(StringComparer.Ordinal));
        return bundle.ToJsonString();
    }

    private static string LastLine(ToolResult result) => StderrLines.Of(result.Error).TrimEnd('\n').Split('\n')[^1];

    private string[] Arguments(string line, string stash) =>
    [
        "bundle", "-int-dir", P(stash),
        .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Contains(".pem", StringComparison.Ordinal)
            || word is "nofile" or "config.json" ? P(word) : word),
    ];

    private string P(string name) => _folder.Combine(name);

    private void Write(string name, string text) => File.WriteAllText(P(name), text);
}
