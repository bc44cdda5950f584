using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>Bad input: the same line on stderr and the same exit code as the original, nothing on stdout, and a hint.</summary>
public sealed class ErrorTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public ErrorTests()
    {
        Write("ok.json", """{"CN":"x","hosts":["a.example"]}""");
        Write("ok-config.json", """{"signing":{"default":{"expiry":"1h","usages":["signing"]}}}""");
        string ca = OurTool.CfsslWithInput("""{"CN":"ca"}""", "gencert", "-initca", "-").Succeeded().Output;
        Write("ca.pem", CertificateFields.Member(ca, "cert"));
        Write("ca-key.pem", CertificateFields.Member(ca, "key"));
        string other = OurTool.CfsslWithInput("""{"CN":"other"}""", "gencert", "-initca", "-").Succeeded().Output;
        Write("other.pem", CertificateFields.Member(other, "cert"));
        Write("other-key.pem", CertificateFields.Member(other, "key"));
        Write("two.pem", CertificateFields.Member(ca, "cert") + CertificateFields.Member(other, "cert"));
        Write("ok.csr", CertificateFields.Member(ca, "csr"));
        string openssl = RealTool.Require("openssl", "openssl");
        string[] legacy = ["ec", "-in", _folder.Combine("ca-key.pem"), "-aes256", "-passout", "pass:secret", "-out", _folder.Combine("legacy-key.pem")];
        RealTool.Run(openssl, legacy).Succeeded();
        string[] pkcs8 = ["pkcs8", "-topk8", "-in", _folder.Combine("ca-key.pem"), "-v2", "aes256", "-passout", "pass:secret", "-out", _folder.Combine("pkcs8-key.pem")];
        RealTool.Run(openssl, pkcs8).Succeeded();
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("gencert")]
    [InlineData("gencert @nofile.json")]
    [InlineData("gencert @.")]
    [InlineData("gencert -ca @nope.pem -ca-key @ca-key.pem @ok.json")]
    [InlineData("gencert -ca @ca.pem -ca-key @nope.pem @ok.json")]
    [InlineData("gencert -ca @ca.pem -ca-key @other-key.pem @ok.json")]
    [InlineData("gencert -ca @two.pem -ca-key @ca-key.pem @ok.json")]
    [InlineData("gencert -ca @ok.csr -ca-key @ca-key.pem @ok.json")]
    [InlineData("gencert -ca @ok.json -ca-key @ca-key.pem @ok.json")]
    [InlineData("gencert -ca @ca.pem -ca-key @ok.json @ok.json")]
    [InlineData("gencert -ca @ca.pem -ca-key @ca.pem @ok.json")]
    [InlineData("gencert -ca @ca.pem -ca-key @legacy-key.pem @ok.json")]
    [InlineData("gencert -ca @ca.pem -ca-key @pkcs8-key.pem @ok.json")]
    [InlineData("gencert -config @ok-config.json @ok.json")]
    [InlineData("gencert -ca @ca.pem -config @ok-config.json @ok.json")]
    [InlineData("gencert -config @ok-config.json -ca-key @ca-key.pem @ok.json")]
    [InlineData("gencert -renewca -ca @ca.pem -ca-key @other-key.pem")]
    [InlineData("gencert -renewca -ca @nope -ca-key @other-key.pem")]
    [InlineData("gencert -initca -ca-key @nope @ok.json")]
    [InlineData("gencert -initca @nofile")]
    [InlineData("genkey")]
    [InlineData("sign -ca @ca.pem -ca-key @ca-key.pem")]
    [InlineData("sign -ca @ca.pem -ca-key @ca-key.pem @ok.json")]
    [InlineData("sign -ca @ca.pem -ca-key @ca-key.pem @ok.csr @nosubject")]
    [InlineData("sign -ca @ca.pem -ca-key @ca-key.pem @ok.csr @ok.csr")]
    [InlineData("certinfo -cert @nofile")]
    [InlineData("certinfo -cert @ok.json")]
    [InlineData("certinfo -cert @ok.csr")]
    [InlineData("certinfo -cert @two.pem")]
    [InlineData("print-defaults")]
    [InlineData("selfsign")]
    [InlineData("selfsign host")]
    public void Command_BadFiles_SameErrorAsTheOriginal(string line) => Compare("", Arguments(line));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("{")]
    [InlineData("{bad}")]
    [InlineData("""{"CN":"x","hosts":["a"],}""")]
    [InlineData("""{"CN":5}""")]
    [InlineData("""{"hosts":"a"}""")]
    [InlineData("""{"hosts":[5]}""")]
    [InlineData("""{"names":{"C":1}}""")]
    [InlineData("""{"names":[{"C":1}]}""")]
    [InlineData("""{"CN":"x"}}""")]
    [InlineData("""{"CN" "x"}""")]
    [InlineData("""{"CN":"x" "y":1}""")]
    [InlineData("""{"hosts":["a" "b"]}""")]
    [InlineData("""{"CN":"\q"}""")]
    [InlineData("""{"CN":"\u12g4"}""")]
    [InlineData("{\"CN\":\"a\nb\"}")]
    [InlineData("""{"CN":trux}""")]
    [InlineData("""{"CN":1.x}""")]
    [InlineData("""{"CN":-x}""")]
    [InlineData("""{"CN":"x","ca":{"expiry":"1h"}}""")]
    [InlineData("""{"CN":"x","key":{"algo":"rsa","size":1024}}""")]
    [InlineData("""{"CN":"x","key":{"algo":"rsa","size":8193}}""")]
    [InlineData("""{"CN":"x","key":{"algo":"rsa"}}""")]
    [InlineData("""{"CN":"x","key":{"algo":"ecdsa","size":255}}""")]
    [InlineData("""{"CN":"x","key":{"algo":"dsa","size":2048}}""")]
    [InlineData("""{"CN":"x","key":{"algo":"","size":0}}""")]
    public void GenCert_BadRequest_SameErrorAsTheOriginal(string json) =>
        Compare(json, Arguments("gencert -ca @ca.pem -ca-key @ca-key.pem -"));

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"names":[{}]}""")]
    [InlineData("""{"names":[{"C":" "}]}""")]
    [InlineData("""{"CN":"x","ca":{"expiry":"5 years"}}""")]
    [InlineData("""{"CN":"x","ca":{"expiry":"5"}}""")]
    [InlineData("""{"CN":"x","ca":{"expiry":"h"}}""")]
    [InlineData("""{"CN":"x","ca":{"expiry":"99999999h"}}""")]
    [InlineData("""{"CN":"x","key":{"algo":"rsa","size":512}}""")]
    public void InitCa_BadRequest_SameErrorAsTheOriginal(string json) => Compare(json, "gencert", "-initca", "-");

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("{}")]
    [InlineData("""{"signing":null}""")]
    [InlineData("""{"signing":{"default":{}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1 year"}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h"},"profiles":{"a":{"expiry":"1h"}}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h"},"profiles":{"a":{"expiry":"1h","usages":["no such"]}}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h"},"profiles":{"a":{"usages":["signing"]}}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h"},"profiles":{"a":null}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"0"}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h","backdate":"x"}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h","auth_key":"none"}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h","auth_key":"k"}},"auth_keys":{"k":{"type":"other","key":"00"}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h","auth_key":"k"}},"auth_keys":{"k":{"type":"standard","key":"xyz"}}}""")]
    [InlineData("""{"signing":{"default":{"remote":"none"}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h","name_whitelist":"("}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":1}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h","usages":"signing"}}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h"},"profiles":[]}}""")]
    [InlineData("""{"signing":{"default":{"expiry":"1h","Policies":[{"ID":"1.2","Qualifiers":[{"Type":"bad","Value":"v"}]}]}}}""")]
    public void Config_Bad_SameErrorAsTheOriginal(string json)
    {
        Write("config.json", json);
        Compare("", Arguments("gencert -ca @ca.pem -ca-key @ca-key.pem -config @config.json @ok.json"), isConfigError: true);
    }

    [Theory]
    [InlineData("gencert -bogus x", 2)]
    [InlineData("gencert -port x", 2)]
    [InlineData("gencert -port", 2)]
    [InlineData("gencert -initca=maybe", 2)]
    [InlineData("gencert ---x", 2)]
    [InlineData("gencert -interval 5", 2)]
    [InlineData("-bogus", 2)]
    [InlineData("gencert -h", 0)]
    [InlineData("gencert --help", 0)]
    [InlineData("-h", 0)]
    [InlineData("", 1)]
    [InlineData("bogus", 1)]
    public void CommandLine_Wrong_SameFirstLineAndExitCode(string line, int exitCode)
    {
        ToolResult theirs = DebianCfssl.Run(Arguments(line));
        ToolResult ours = OurTool.Cfssl(Arguments(line));
        Assert.Equal(exitCode, theirs.ExitCode);
        Assert.Equal(exitCode, ours.ExitCode);
        if (exitCode != 0)
            Assert.Equal(theirs.Error.Split('\n')[0], ours.Error.Split('\n')[0]);
        Assert.Empty(ours.Output);
    }

    [Theory]
    [InlineData("gencert @ok.json", "need a CA certificate (provide one with -ca)")]
    [InlineData("gencert -ca @ca.pem @ok.json", "need a CA key (provide one with -ca-key)")]
    [InlineData("sign @ok.csr", "need CA certificate (provide one with -ca)")]
    public void Command_WithoutCa_FailsWhereTheOriginalPretendsSuccess(string line, string message)
    {
        ToolResult theirs = DebianCfssl.Run(Arguments(line));
        ToolResult ours = OurTool.Cfssl(Arguments(line));
        Assert.Contains(message, theirs.Error, StringComparison.Ordinal);
        Assert.Contains(message, ours.Error, StringComparison.Ordinal);
        Assert.Equal(0, theirs.ExitCode);
        Assert.Equal(1, ours.ExitCode);
    }

    [Fact]
    public void GenCert_MisspeltProfile_HintNamesTheProfiles()
    {
        Write("config.json", """{"signing":{"default":{"expiry":"1h"},"profiles":{"server":{"expiry":"1h","usages":["server auth"]}}}}""");
        ToolResult ours = OurTool.Cfssl(Arguments("gencert -ca @ca.pem -ca-key @ca-key.pem -config @config.json -profile servr @ok.json"));
        Assert.Contains("""{"code":5100,"message":"Invalid policy: no key usage available"}""", ours.Error, StringComparison.Ordinal);
        Assert.Contains("hint: the profile \"servr\" does not exist", ours.Error, StringComparison.Ordinal);
        Assert.Contains("server", ours.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void GenCert_EncryptedCaKeyAndPassword_Works()
    {
        foreach (string key in new[] { "legacy-key.pem", "pkcs8-key.pem" })
        {
            ToolResult result = RealTool.Run(
                OurTool.PathOf("cfssl"),
                Arguments($"gencert -ca @ca.pem -ca-key @{key} @ok.json"),
                environment: new Dictionary<string, string>(StringComparer.Ordinal) { ["CFSSL_CA_PK_PASSWORD"] = "secret" });
            Assert.True(result.ExitCode == 0, result.Error);
        }
    }

    [Fact]
    public void GenCert_RedOctoberKey_SaysThatItIsGone()
    {
        ToolResult ours = OurTool.Cfssl(Arguments("gencert -ca @ca.pem -ca-key rofile:x @ok.json"));
        Assert.Equal(1, ours.ExitCode);
        Assert.Contains("Red October", ours.Error, StringComparison.Ordinal);
        Assert.Contains("hint: ", ours.Error, StringComparison.Ordinal);
    }

    private static void Compare(string input, params string[] arguments) => Compare(input, arguments, isConfigError: false);

    private static void Compare(string input, string[] arguments, bool isConfigError)
    {
        ToolResult theirs = DebianCfssl.RunWithInput(input, arguments);
        ToolResult ours = OurTool.CfsslWithInput(input, arguments);
        Assert.True(theirs.ExitCode != 0, "the original accepts this");
        Assert.Equal(theirs.ExitCode, ours.ExitCode);
        // The original ends this one line without a newline; the releases since then name some types differently.
        string their = StderrLines.Of(theirs.Error).Replace("BasicKeyRequest", "KeyRequest", StringComparison.Ordinal)
            .Replace("not a certificate or csr", "not a csr", StringComparison.Ordinal)
            .Replace("through -cert, -csr, or -domain", "through -cert, -csr, -domain or -serial + -aki", StringComparison.Ordinal);
        Assert.Equal(isConfigError ? their + "\n" : their, StderrLines.Of(ours.Error));
        Assert.Empty(ours.Output);
    }

    private string[] Arguments(string line) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.StartsWith('@') ? _folder.Combine(word[1..]) : word)];

    private void Write(string name, string text) => File.WriteAllText(_folder.Combine(name), text);
}
