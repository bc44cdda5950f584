using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Cluster;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Names;
using Etcd.Pki.Profiles;
using Etcd.Pki.Text;
using Etcd.TestKit;

namespace Etcd.Pki.Tests.Cluster;

public sealed class ClusterSetupTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private readonly FixedClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Apply_ThreeMembers_CertificatesForTheirRolesAndNames()
    {
        Apply(Plan("a=10.0.0.1,b=10.0.0.2/b.example,c=c.example"));
        var layout = new ClusterLayout(_folder.Path);
        using X509Certificate2 server = Read(layout.Server("b").Certificate);
        Assert.Equal(["10.0.0.2", "127.0.0.1", "b.example", "localhost"], AlternativeNames.Of(server).ToHosts());
        Assert.Empty(CertificateUsage.Missing(server, EtcdRole.Server));
        using X509Certificate2 peer = Read(layout.Peer("b").Certificate);
        Assert.Equal(["10.0.0.2", "b.example"], AlternativeNames.Of(peer).ToHosts());
        Assert.Empty(CertificateUsage.Missing(peer, EtcdRole.Peer));
        using X509Certificate2 client = Read(layout.Client.Certificate);
        Assert.Equal("root", SubjectName.FromDer(client.SubjectName).CommonName);
        Assert.Equal(["server auth"], CertificateUsage.Missing(client, EtcdRole.Peer));
        using X509Certificate2 ca = Read(layout.Authority.Certificate);
        Assert.All(new[] { server, peer, client }, certificate => Assert.True(CertificateSignature.IsSignedBy(certificate, ca)));
        Assert.All(layout.TrustFiles(), file => Assert.Equal(File.ReadAllText(layout.Authority.Certificate), File.ReadAllText(file)));
    }

    [Fact]
    public void Apply_Keys_ArePrivateFilesThatFit()
    {
        Apply(Plan("a=10.0.0.1"));
        string[] keys = Directory.GetFiles(_folder.Path, "*-key.pem", SearchOption.AllDirectories);
        Assert.Equal(4, keys.Length);
        foreach (string path in keys)
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            using PrivateKey key = PrivateKeyReader.Read(File.ReadAllText(path));
            using X509Certificate2 certificate = Read(path.Replace("-key.pem", ".pem", StringComparison.Ordinal));
            Assert.True(key.Matches(certificate.PublicKey));
        }
    }

    [Fact]
    public void Apply_Again_ChangesNothing()
    {
        ClusterPlan plan = Plan("a=10.0.0.1,b=10.0.0.2");
        Apply(plan);
        Dictionary<string, string> before = Contents();
        Assert.All(Apply(plan), static action => Assert.Equal(SetupOutcome.Kept, action.Outcome));
        Assert.Equal(before, Contents());
    }

    [Fact]
    public void Apply_NearTheEnd_RenewsCertificatesAndKeepsKeys()
    {
        ClusterPlan plan = Plan("a=10.0.0.1") with { CertificateLife = TimeSpan.FromDays(100) };
        Apply(plan);
        Dictionary<string, string> before = Contents();
        _clock.Now += TimeSpan.FromDays(69);
        Assert.DoesNotContain(Apply(plan), static action => action.Outcome != SetupOutcome.Kept);
        _clock.Now += TimeSpan.FromDays(2);
        IReadOnlyList<SetupAction> actions = Apply(plan);
        Assert.Equal(3, actions.Count(static action => action.Outcome == SetupOutcome.Renewed));
        Assert.All(actions.Where(static action => action.Outcome == SetupOutcome.Renewed), static action => Assert.StartsWith("expires on ", action.Reason, StringComparison.Ordinal));
        Dictionary<string, string> after = Contents();
        string[] changed = [.. before.Keys.Where(path => before[path] != after[path]).Select(path => Path.GetRelativePath(_folder.Path, path)).Order(StringComparer.Ordinal)];
        Assert.Equal(["a/ssl/peer.pem", "a/ssl/server.pem", "client/client.pem"], changed);
    }

    [Theory]
    [InlineData("a=10.0.0.9", "lacks the name 10.0.0.9")]
    [InlineData("a=10.0.0.1/more.example", "lacks the name more.example")]
    public void Apply_ChangedAddress_ReissuesWithReason(string members, string reason)
    {
        Apply(Plan("a=10.0.0.1"));
        Assert.Contains(Apply(Plan(members)), action => action.Outcome == SetupOutcome.Renewed && action.Reason == reason);
    }

    [Fact]
    public void Apply_NameTooMany_ReissuesWithout()
    {
        Apply(Plan("a=10.0.0.1/old.example"));
        Assert.Contains(Apply(Plan("a=10.0.0.1")), static action => action.Reason.Contains("old.example", StringComparison.Ordinal));
        using X509Certificate2 peer = Read(new ClusterLayout(_folder.Path).Peer("a").Certificate);
        Assert.Equal(["10.0.0.1"], AlternativeNames.Of(peer).ToHosts());
    }

    [Fact]
    public void Apply_DamagedOrForeignFiles_AreMendedOrNamed()
    {
        ClusterPlan plan = Plan("a=10.0.0.1");
        Apply(plan);
        var layout = new ClusterLayout(_folder.Path);
        File.WriteAllText(layout.Server("a").Certificate, "nonsense");
        using var other = new TestAuthority(_clock);
        (string foreign, string foreignKey) = other.Issue("a", ["10.0.0.1"], "server auth", "client auth");
        File.WriteAllText(layout.Peer("a").Certificate, foreign);
        File.WriteAllText(layout.Peer("a").Key, foreignKey);
        IReadOnlyList<SetupAction> actions = Apply(plan);
        Assert.Contains(actions, static action => action.Reason == "unreadable");
        Assert.Contains(actions, static action => action.Reason == "issued by another authority");

        File.WriteAllText(layout.Client.Key, "nonsense");
        Assert.Contains(layout.Client.Key, Assert.Throws<PkiException>(() => Apply(plan)).Message, StringComparison.Ordinal);
        Assert.Equal("nonsense", File.ReadAllText(layout.Client.Key)); // Never overwritten without force.
        Apply(plan with { IsForced = true });
        Assert.StartsWith("-----BEGIN EC", File.ReadAllText(layout.Client.Key), StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_EditedFile_IsKeptUnlessForced()
    {
        ClusterPlan plan = Plan("a=10.0.0.1");
        Apply(plan);
        string unit = _folder.Combine("a/etcd.service");
        File.AppendAllText(unit, "# mine\n");
        Assert.Contains(Apply(plan), action => action.Path == unit && action.Reason.Contains("--force", StringComparison.Ordinal));
        Assert.Contains("# mine", File.ReadAllText(unit), StringComparison.Ordinal);
        Apply(plan with { IsForced = true });
        Assert.DoesNotContain("# mine", File.ReadAllText(unit), StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_CaKeyMissing_IsRefused()
    {
        ClusterPlan plan = Plan("a=10.0.0.1");
        Apply(plan);
        File.Delete(_folder.Combine("ca/ca-key.pem"));
        Assert.NotNull(Assert.Throws<PkiException>(() => Apply(plan)).Cure);
    }

    [Fact]
    public void Apply_CaCertificateMissing_IsMadeForTheKey()
    {
        ClusterPlan plan = Plan("a=10.0.0.1");
        Apply(plan);
        string key = File.ReadAllText(_folder.Combine("ca/ca-key.pem"));
        File.Delete(_folder.Combine("ca/ca.pem"));
        Apply(plan);
        Assert.Equal(key, File.ReadAllText(_folder.Combine("ca/ca-key.pem")));
    }

    [Fact]
    public void Apply_ProfilesFile_IsReadByCfssl()
    {
        Apply(Plan("a=10.0.0.1"));
        SigningPolicy policy = SigningPolicyReader.ReadFile(_folder.Combine("ca/config.json"), PkiLog.Silent);
        Assert.Equal(["client", "peer", "server"], policy.Profiles.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Apply_MemberFiles_SayTheSame()
    {
        Apply(Plan("a=10.0.0.1,b=fd00::2,c=c.example"));
        foreach (string member in new[] { "a", "b", "c" })
        {
            string[] environment = [.. File.ReadAllLines(_folder.Combine($"{member}/etcd.conf"))
                .Select(static line => line["ETCD_".Length..].Replace("\"", "", StringComparison.Ordinal).Split('=', 2))
                .Select(static pair => $"{pair[0].ToLowerInvariant().Replace('_', '-')} {pair[1]}").Order(StringComparer.Ordinal)];
            Assert.Equal(environment, FlattenYaml(_folder.Combine($"{member}/etcd.yaml")));
        }
        string conf = File.ReadAllText(_folder.Combine("b/etcd.conf"));
        Assert.Contains("ETCD_LISTEN_PEER_URLS=\"https://[fd00::2]:2380\"", conf, StringComparison.Ordinal);
        Assert.Contains("ETCD_LISTEN_PEER_URLS=\"https://0.0.0.0:2380\"", File.ReadAllText(_folder.Combine("c/etcd.conf")), StringComparison.Ordinal);
        Assert.Contains("ETCD_INITIAL_CLUSTER=\"a=https://10.0.0.1:2380,b=https://[fd00::2]:2380,c=https://c.example:2380\"", conf, StringComparison.Ordinal);
        Assert.Contains("EnvironmentFile=/etc/etcd/etcd.conf", File.ReadAllText(_folder.Combine("a/etcd.service")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("=1.2.3.4")]
    [InlineData("a=")]
    [InlineData("a=1.2.3.4,a=1.2.3.5")]
    [InlineData("a=1.2.3.4,b=1.2.3.4")]
    [InlineData("a=0.0.0.0")]
    [InlineData("a=1.2.3.4/")]
    [InlineData("a=not valid")]
    [InlineData("a=1.2.3")]
    [InlineData("../a=1.2.3.4")]
    [InlineData("..=1.2.3.4")]
    [InlineData("ca=1.2.3.4")]
    [InlineData("client=1.2.3.4")]
    public void ParseList_BadMembers_SayTheForm(string members) => Assert.NotNull(Assert.Throws<PkiException>(() => ClusterMember.ParseList(members)).Cure);

    private static string[] FlattenYaml(string path)
    {
        string section = "";
        var flat = new List<string>();
        foreach (string line in File.ReadAllLines(path))
        {
            string[] pair = line.Trim().Split(": ", 2);
            if (pair.Length == 1)
                section = pair[0].StartsWith("peer-", StringComparison.Ordinal) ? "peer-" : "";
            else
                flat.Add($"{(line.StartsWith(' ') ? section : "")}{pair[0]} {pair[1].Trim('\'')}");
        }
        return [.. flat.Order(StringComparer.Ordinal)];
    }

    private ClusterPlan Plan(string members) => new() { Members = ClusterMember.ParseList(members), Directory = _folder.Path };

    private IReadOnlyList<SetupAction> Apply(ClusterPlan plan) => new ClusterSetup(_clock, PkiLog.Silent).Apply(plan);

    private Dictionary<string, string> Contents() =>
        Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).ToDictionary(static path => path, File.ReadAllText, StringComparer.Ordinal);

    private static X509Certificate2 Read(string path) => CertificateReader.ReadOne(File.ReadAllText(path));
}
