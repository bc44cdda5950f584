using Etcd.TestKit;

namespace Cfssl.Tests;

/// <summary>CA keys in a token, with SoftHSM as the token.</summary>
public sealed class HsmTests : IDisposable
{
    private const string Pin = "4711";

    private readonly TempDirectory _folder = new();
    private readonly string _module;
    private readonly Dictionary<string, string> _environment;

    public HsmTests()
    {
        string util = RealTool.Require("softhsm2-util", "softhsm2");
        _module = new[] { "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so" }.First(File.Exists);
        Directory.CreateDirectory(_folder.Combine("tokens"));
        File.WriteAllText(_folder.Combine("softhsm2.conf"), $"directories.tokendir = {_folder.Combine("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n");
        _environment = new(StringComparer.Ordinal) { ["SOFTHSM2_CONF"] = _folder.Combine("softhsm2.conf"), ["HSM_PIN"] = Pin };
        Softhsm(util, "--init-token", "--free", "--label", "ours", "--so-pin", "0815", "--pin", Pin);
        Softhsm(util, "--init-token", "--free", "--label", "other", "--so-pin", "0815", "--pin", Pin);
        foreach ((string name, string id, string key) in new[]
        {
            ("ec", "01", """{"algo":"ecdsa","size":256}"""), ("p384", "02", """{"algo":"ecdsa","size":384}"""), ("rsa", "03", """{"algo":"rsa","size":2048}"""),
        })
        {
            string made = OurTool.CfsslWithInput($$"""{"CN":"{{name}} in hsm","key":{{key}}}""", "gencert", "-initca", "-").Succeeded().Output;
            File.WriteAllText(_folder.Combine(name + ".pem"), CertificateFields.Member(made, "cert"));
            File.WriteAllText(_folder.Combine(name + "-key.pem"), CertificateFields.Member(made, "key"));
            string[] convert = ["pkcs8", "-topk8", "-nocrypt", "-in", _folder.Combine(name + "-key.pem"), "-out", _folder.Combine(name + "-p8.pem")];
            RealTool.Run(RealTool.Require("openssl", "openssl"), convert).Succeeded();
            Softhsm(util, "--import", _folder.Combine(name + "-p8.pem"), "--token", "ours", "--label", name, "--id", id, "--pin", Pin);
            File.Delete(_folder.Combine(name + "-key.pem")); // From here on the key is in the token only.
            File.Delete(_folder.Combine(name + "-p8.pem"));
        }
        File.WriteAllText(_folder.Combine("leaf.json"), """{"CN":"leaf","hosts":["leaf.example"]}""");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ec")]
    [InlineData("p384")]
    [InlineData("rsa")]
    public void GenCert_CaKeyInToken_CertificateVerifies(string key)
    {
        ToolResult result = Cfssl(["gencert", "-ca", P(key + ".pem"), .. Flags(key, Pin), P("leaf.json")]);
        Assert.True(result.ExitCode == 0, result.Error);
        Verify(key, CertificateFields.Member(result.Output, "cert"));
    }

    [Theory]
    [InlineData("ec")]
    [InlineData("rsa")]
    public void InitCa_KeyInToken_SelfSignedCertificate(string key)
    {
        ToolResult result = RealTool.Run(
            OurTool.PathOf("cfssl"), ["gencert", "-initca", .. Flags(key, Pin), "-"], """{"CN":"from hsm"}""", environment: _environment);
        Assert.True(result.ExitCode == 0, result.Error);
        File.WriteAllText(P("self.pem"), CertificateFields.Member(result.Output, "cert"));
        Verify("self", File.ReadAllText(P("self.pem")));
        Assert.DoesNotContain("PRIVATE KEY", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void GenCert_UriAsCaKey_Works()
    {
        File.WriteAllText(P("pin"), Pin + "\n");
        foreach (string pin in new[] { "pin-value=" + Pin, "pin-source=file:" + P("pin"), "pin-source=file://" + P("pin"), "pin-source=env:HSM_PIN" })
        {
            ToolResult result = Cfssl(["gencert", "-ca", P("ec.pem"), "-ca-key", $"pkcs11:token=ours;object=ec?module-path={_module}&{pin}", P("leaf.json")]);
            Assert.True(result.ExitCode == 0, result.Error);
        }
    }

    [Fact]
    public void Serve_CaKeyInToken_Signs()
    {
        // The server of this test inherits the variable that SoftHSM reads.
        string script = $"exec {OurTool.PathOf("cfssl")} serve -ca {P("ec.pem")} {string.Join(' ', Flags("ec", Pin))} \"$@\"";
        File.WriteAllText(P("serve.sh"), $"#!/bin/sh\nexport SOFTHSM2_CONF={_environment["SOFTHSM2_CONF"]}\nshift\n{script}\n");
        File.SetUnixFileMode(P("serve.sh"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using RunningServer server = RunningServer.Start(P("serve.sh"), "serve");
        ToolResult made = DebianCfssl.Run("gencert", "-remote", "http://" + server.Address, P("leaf.json"));
        Assert.True(made.ExitCode == 0, made.Error + server.Log);
        Verify("ec", CertificateFields.Member(made.Output, "cert"));
    }

    [Theory]
    [InlineData("-pkcs11-module /nonexistent.so -pkcs11-token ours -pkcs11-label ec -pkcs11-pin 4711", "nonexistent.so")]
    [InlineData("-pkcs11-module MODULE -pkcs11-token nope -pkcs11-label ec -pkcs11-pin 4711", "the library sees: \"other\", \"ours\"")]
    [InlineData("-pkcs11-module MODULE -pkcs11-label ec -pkcs11-pin 4711", "-pkcs11-token")]
    [InlineData("-pkcs11-module MODULE -pkcs11-token ours -pkcs11-label ec -pkcs11-pin 0000", "wrong PIN")]
    [InlineData("-pkcs11-module MODULE -pkcs11-token ours -pkcs11-label nope -pkcs11-pin 4711", "no private key with the label")]
    [InlineData("-pkcs11-module MODULE -pkcs11-token ours -pkcs11-pin 4711", "-pkcs11-label")]
    [InlineData("-pkcs11-module MODULE -pkcs11-token ours -pkcs11-label ec", "-pkcs11-pin")]
    [InlineData("-pkcs11-module MODULE -pkcs11-token ours -pkcs11-label rsa -pkcs11-pin 4711", "doesn't match")]
    [InlineData("-ca-key pkcs11:token=ours;object=ec", "-pkcs11-module")]
    [InlineData("-ca-key pkcs11:nonsense", "module-path")]
    public void GenCert_TokenTrouble_SaysWhatToDo(string flags, string expected)
    {
        ToolResult result = Cfssl(["gencert", "-ca", P("ec.pem"), .. flags.Replace("MODULE", _module, StringComparison.Ordinal).Split(' '), P("leaf.json")]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    private string[] Flags(string key, string pin) =>
        ["-pkcs11-module", _module, "-pkcs11-token", "ours", "-pkcs11-label", key, "-pkcs11-pin", pin];

    private ToolResult Cfssl(string[] arguments) => RealTool.Run(OurTool.PathOf("cfssl"), arguments, environment: _environment);

    private void Softhsm(string util, params string[] arguments) => RealTool.Run(util, arguments, environment: _environment).Succeeded();

    private void Verify(string ca, string certificate)
    {
        File.WriteAllText(P("made.pem"), certificate);
        string[] verify = ["verify", "-CAfile", P(ca + ".pem"), P("made.pem")];
        RealTool.Run(RealTool.Require("openssl", "openssl"), verify).Succeeded();
    }

    private string P(string name) => _folder.Combine(name);
}
