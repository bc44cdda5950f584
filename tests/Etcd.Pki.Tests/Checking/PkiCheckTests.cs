using System.Security.Cryptography;
using System.Text.Json;
using Etcd.Pki.Checking;
using Etcd.Pki.Keys;
using Etcd.Pki.Requests;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;
using Etcd.TestKit;

namespace Etcd.Pki.Tests.Checking;

/// <summary>Prepared mistakes and what the check says of them. Mistakes that need a running member are in Etcdctl.Tests.</summary>
public sealed class PkiCheckTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly FixedClock _clock = new();
    private readonly TestAuthority _ca;

    public PkiCheckTests()
    {
        _ca = new TestAuthority(_clock);
        Write("ca.pem", _ca.Pem);
    }

    public void Dispose()
    {
        _ca.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Check_GoodFiles_OnlyFine()
    {
        Issue("server", ["10.0.0.1"], "server auth", "client auth");
        Issue("peer", ["10.0.0.1"], "server auth", "client auth");
        Issue("client", [], "client auth");
        IReadOnlyList<Finding> findings = await CheckAsync(hosts: ["10.0.0.1"]);
        Assert.All(findings, static finding => Assert.Equal(FindingLevel.Fine, finding.Level));
        Assert.Equal(4, findings.Count);
    }

    [Fact]
    public async Task Check_ClientCertificateAsServer_NamesTheUsage()
    {
        Issue("server", ["10.0.0.1"], "client auth");
        AssertError(await CheckAsync(), "server.pem", "lacks the usage \"server auth\"", "-profile=server");
    }

    [Fact]
    public async Task Check_ServerCertificateAsPeer_NamesTheUsage()
    {
        Issue("member1", ["10.0.0.1"], "server auth");
        AssertError(await CheckAsync(), "member1.pem", "lacks the usage \"client auth\"", "-profile=peer");
    }

    [Fact]
    public async Task Check_ServerWithoutClientUsage_OnlyWarnsOfTheGateway()
    {
        Issue("server", ["10.0.0.1"], "server auth");
        Finding finding = Assert.Single(await CheckAsync(), static finding => finding.Level != FindingLevel.Fine);
        Assert.Equal(FindingLevel.Warning, finding.Level);
        Assert.Contains("gateway", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_AddressMissing_NamesItAndTheCommand()
    {
        Issue("server", ["127.0.0.1", "a.example"], "server auth", "client auth");
        AssertError(await CheckAsync(hosts: ["10.0.0.1", "127.0.0.1", "A.example"]), "server.pem", "is valid for 127.0.0.1, a.example, not for 10.0.0.1", "-hostname=127.0.0.1,a.example,10.0.0.1");
    }

    [Fact]
    public async Task Check_NoNames_SaysThatTheCommonNameDoesNotCount()
    {
        Issue("server", [], "server auth", "client auth");
        AssertError(await CheckAsync(), "server.pem", "common name \"server\" is not looked at", "-hostname=ADDRESS");
    }

    [Fact]
    public async Task Check_KeyOfAnother_NamesThePair()
    {
        Issue("server", ["10.0.0.1"], "server auth", "client auth");
        Issue("client", [], "client auth");
        Write("server-key.pem", Read("client-key.pem"));
        File.Delete(P("client-key.pem"));
        File.Delete(P("client.pem"));
        AssertError(await CheckAsync(), "server-key.pem", "is not the key of " + P("server.pem"), "cfssl gencert");
    }

    [Fact]
    public async Task Check_Expired_SaysWhenAndHowLongAgo()
    {
        Issue("client", [], "client auth");
        _clock.Now += TimeSpan.FromDays(365 + 10);
        AssertError(await CheckAsync(), "client.pem", "expired on 2031-01-02", "cfssl sign");
    }

    [Fact]
    public async Task Check_NotYetValid_SuspectsTheClock()
    {
        Issue("client", [], "client auth");
        _clock.Now -= TimeSpan.FromDays(2);
        IReadOnlyList<Finding> findings = await CheckAsync();
        AssertError(findings, "client.pem", "is not valid before 2030-01-02", "timedatectl");
    }

    [Fact]
    public async Task Check_ExpiresSoon_Warns()
    {
        Issue("client", [], "client auth");
        _clock.Now += TimeSpan.FromDays(350);
        Assert.Contains(await CheckAsync(), static finding => finding is { Level: FindingLevel.Warning } && finding.Text.Contains("expires on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_IssuerUnknown_NamesIt()
    {
        using var other = new TestAuthority(_clock, "somebody else");
        (string certificate, string key) = other.Issue("client", [], "client auth");
        Write("client.pem", certificate);
        Write("client-key.pem", key);
        AssertError(await CheckAsync(), "client.pem", "is from \"CN=somebody else\", which is none of the CAs given", "trust the CA");
    }

    [Fact]
    public async Task Check_CaMadeAgain_IsToldApartFromUnknown()
    {
        Issue("client", [], "client auth");
        using var again = new TestAuthority(_clock);
        Write("ca.pem", again.Pem);
        AssertError(await CheckAsync(), "client.pem", "has another key: it was made again", "issue it again");
    }

    [Fact]
    public async Task Check_EncryptedKey_SaysThatEtcdCannotAsk()
    {
        Issue("server", ["10.0.0.1"], "server auth", "client auth");
        using PrivateKey key = PrivateKeyReader.Read(Read("server-key.pem"));
        Write("server-key.pem", key.Key.ExportEncryptedPkcs8PrivateKeyPem("x", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000)));
        AssertError(await CheckAsync(), "server-key.pem", "is encrypted", "openssl pkey");
    }

    [Fact]
    public async Task Check_SelfSigned_IsNamed()
    {
        string made = SelfSigned();
        Write("server.pem", made);
        AssertError(await CheckAsync(), "server.pem", "is self-signed", "issue it from your CA");
    }

    [Fact]
    public async Task Check_ReadableKey_Warns()
    {
        Issue("client", [], "client auth");
        File.SetUnixFileMode(P("client-key.pem"), (UnixFileMode)Convert.ToInt32("644", 8));
        Assert.Contains(await CheckAsync(), static finding => finding is { Level: FindingLevel.Warning } && finding.Cure.StartsWith("chmod 600", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_DerMissingAndDamagedFiles_AreNamed()
    {
        Issue("client", [], "client auth");
        Write("client.der.crt", "\x30\x82 no pem");
        Write("damaged.pem", Read("client.pem").Replace("MII", "AAA", StringComparison.Ordinal));
        IReadOnlyList<Finding> findings = await new PkiCheck(_clock).RunAsync(
            new CheckRequest { Files = [P("client.der.crt"), P("damaged.pem"), P("nowhere.pem")] }, TestContext.Current.CancellationToken);
        AssertError(findings, "client.der.crt", "is no PEM file", "openssl x509 -inform der");
        AssertError(findings, "damaged.pem", "has a damaged certificate", "copy");
        AssertError(findings, "nowhere.pem", "cannot be read", "ls -l");
    }

    [Fact]
    public async Task Check_Nothing_IsAnError() =>
        Assert.Equal(FindingLevel.Error, Assert.Single(await new PkiCheck(_clock).RunAsync(new CheckRequest(), TestContext.Current.CancellationToken)).Level);

    [Fact]
    public async Task Check_UnreachableEndpoint_SaysWhatToLookAt()
    {
        IReadOnlyList<Finding> findings = await new PkiCheck(_clock).RunAsync(new CheckRequest { Endpoint = "https://127.0.0.1:1" }, TestContext.Current.CancellationToken);
        AssertError(findings, "https://127.0.0.1:1", "cannot be reached", "ss -ltnp");
        findings = await new PkiCheck(_clock).RunAsync(new CheckRequest { Endpoint = "127.0.0.1:1" }, TestContext.Current.CancellationToken);
        AssertError(findings, "127.0.0.1:1", "is no URL", "https://");
    }

    [Fact]
    public async Task ToJson_Findings_ForScripts()
    {
        Issue("server", ["10.0.0.1"], "client auth");
        using JsonDocument json = JsonDocument.Parse(Finding.ToJson(await CheckAsync()));
        Assert.False(json.RootElement.GetProperty("ok").GetBoolean());
        JsonElement error = json.RootElement.GetProperty("findings").EnumerateArray().Single(static finding => finding.GetProperty("level").GetString() == "error");
        Assert.EndsWith("server.pem", error.GetProperty("subject").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(error.GetProperty("cure").GetString()!);
    }

    private static void AssertError(IReadOnlyList<Finding> findings, string file, string text, string cure)
    {
        string all = string.Concat(findings);
        Finding? finding = findings.FirstOrDefault(finding => finding.Level == FindingLevel.Error
            && finding.Subject.EndsWith(file, StringComparison.Ordinal) && finding.Text.Contains(text, StringComparison.Ordinal));
        Assert.True(finding is not null, $"no error of {file} says \"{text}\":\n{all}");
        Assert.Contains(cure, finding.Cure, StringComparison.Ordinal);
    }

    private string SelfSigned()
    {
        using PrivateKey key = PrivateKey.Generate(KeySpec.Default);
        string csr = CsrBuilder.Create(new RequestSpec { CommonName = "server", Hosts = ["10.0.0.1"] }, key, PkiLog.Silent);
        return SelfSigner.Sign(csr, key, SelfSigner.DefaultProfile, _clock);
    }

    private async Task<IReadOnlyList<Finding>> CheckAsync(string[]? hosts = null) =>
        await new PkiCheck(_clock).RunAsync(new CheckRequest { Files = [_folder.Path], Hosts = hosts ?? [] }, TestContext.Current.CancellationToken);

    private void Issue(string name, string[] hosts, params string[] usages)
    {
        (string certificate, string key) = _ca.Issue(name, hosts, usages);
        Write(name + ".pem", certificate);
        Write(name + "-key.pem", key);
        File.SetUnixFileMode(P(name + "-key.pem"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private string P(string name) => _folder.Combine(name);

    private string Read(string name) => File.ReadAllText(P(name));

    private void Write(string name, string text) => File.WriteAllText(P(name), text);
}
