using System.Security.Cryptography.X509Certificates;
using Etcd.Pki.Cluster;
using Etcd.Pki.Errors;
using Etcd.Pki.Inspection;
using Etcd.Pki.Keys;
using Etcd.Pki.Text;
using Etcd.TestKit;

namespace Etcd.Pki.Tests.Cluster;

public sealed class CaRotationTests : IDisposable
{
    private static readonly TimeSpan s_life = TimeSpan.FromDays(3650);

    private readonly TempDirectory _folder = new();
    private readonly FixedClock _clock = new();
    private readonly ClusterPlan _plan;

    public CaRotationTests()
    {
        _plan = new ClusterPlan { Members = ClusterMember.ParseList("a=10.0.0.1,b=10.0.0.2/b.example"), Directory = _folder.Path };
        new ClusterSetup(_clock, PkiLog.Silent).Apply(_plan);
        _clock.Now += TimeSpan.FromDays(1); // The new authority has a name of its own.
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stages_InOrder_EveryPairIsTrustedAtEveryMoment()
    {
        string[] before = Keys();
        AssertAllTrusted();
        Rotation().TrustBoth(KeySpec.Default, s_life);
        Assert.Equal(RotationStage.TrustBoth, Rotation().Completed);
        AssertAllTrusted();
        Rotation().Reissue(s_life);
        Assert.Equal(RotationStage.Reissued, Rotation().Completed);
        AssertAllTrusted();
        Rotation().DropOld();
        Assert.Equal(RotationStage.None, Rotation().Completed);
        AssertAllTrusted();
        var layout = new ClusterLayout(_folder.Path);
        Assert.All(layout.TrustFiles(), file => Assert.Equal(File.ReadAllText(layout.Authority.Certificate), File.ReadAllText(file)));
        Assert.False(File.Exists(layout.NextAuthority.Certificate));
        Assert.Single(Directory.GetFiles(layout.AuthorityFolder, "old-*-key.pem"));
        Assert.Equal(before, Keys()); // Members keep their keys.
        Assert.All(new ClusterSetup(_clock, PkiLog.Silent).Apply(_plan), static action => Assert.Equal(SetupOutcome.Kept, action.Outcome));
    }

    [Fact]
    public void Stages_Repeated_ChangeNothing()
    {
        Twice(static rotation => rotation.TrustBoth(KeySpec.Default, s_life));
        Twice(static rotation => rotation.Reissue(s_life));
        Rotation().DropOld();
        Assert.Throws<PkiException>(() => Rotation().DropOld());
        AssertAllTrusted();

        void Twice(Action<CaRotation> stage)
        {
            stage(Rotation());
            Dictionary<string, string> once = Contents();
            stage(Rotation());
            Assert.Equal(once, Contents());
        }
    }

    [Fact]
    public void Stages_OutOfOrder_AreRefused()
    {
        Assert.NotNull(Assert.Throws<PkiException>(() => Rotation().Reissue(s_life)).Cure);
        Assert.NotNull(Assert.Throws<PkiException>(() => Rotation().DropOld()).Cure);
        Rotation().TrustBoth(KeySpec.Default, s_life);
        Assert.NotNull(Assert.Throws<PkiException>(() => Rotation().DropOld()).Cure);
        Assert.Contains("rotated", Assert.Throws<PkiException>(() => new ClusterSetup(_clock, PkiLog.Silent).Apply(_plan)).Message, StringComparison.Ordinal);
    }

    // A stage writes its files one after the other; after a power cut some have their new contents and some their old.
    // From any such mixture of files that are rewritten in place, the stage, repeated, must reach the same end.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Stage_InterruptedBetweenAnyTwoFiles_IsFinishedByRepeating(int stage)
    {
        if (stage == 2)
            Rotation().TrustBoth(KeySpec.Default, s_life);
        Dictionary<string, string> before = Contents();
        Run(stage);
        Dictionary<string, string> after = Contents();
        string[] rewritten = [.. after.Keys.Where(path => before.TryGetValue(path, out string? old) && old != after[path]).Order(StringComparer.Ordinal)];
        Assert.NotEmpty(rewritten);
        for (int mixture = 0; mixture < 1 << rewritten.Length; mixture++)
        {
            for (int i = 0; i < rewritten.Length; i++)
                File.WriteAllText(rewritten[i], (mixture >> i & 1) == 0 ? before[rewritten[i]] : after[rewritten[i]]);
            AssertAllTrusted();
            Run(stage);
            Assert.Equal((RotationStage)stage, Rotation().Completed);
            AssertAllTrusted();
        }
    }

    [Fact]
    public void Stage3_InterruptedAtEveryRename_IsFinishedByRepeating()
    {
        Rotation().TrustBoth(KeySpec.Default, s_life);
        Rotation().Reissue(s_life);
        var layout = new ClusterLayout(_folder.Path);
        using X509Certificate2 old = CertificateReader.ReadOne(File.ReadAllText(layout.Authority.Certificate));
        string archive = Path.Combine(layout.AuthorityFolder, $"old-{old.SerialNumber}");
        (string From, string To)[] renames =
        [
            (layout.Authority.Key, archive + "-key.pem"), (layout.Authority.Certificate, archive + ".pem"),
            (layout.NextAuthority.Key, layout.Authority.Key), (layout.NextAuthority.Certificate, layout.Authority.Certificate),
        ];
        Dictionary<string, string> start = Contents();
        Rotation().DropOld();
        Dictionary<string, string> end = Contents();
        for (int done = 0; done < renames.Length; done++)
        {
            foreach (string path in Directory.GetFiles(layout.AuthorityFolder))
                File.Delete(path);
            foreach ((string path, string text) in start)
                File.WriteAllText(path, text);
            for (int i = 0; i < done; i++)
                File.Move(renames[i].From, renames[i].To);
            Rotation().DropOld();
            Assert.Equal(end, Contents());
        }
    }

    [Fact]
    public void Stage1_InterruptedAfterTheKey_UsesThatKey()
    {
        var layout = new ClusterLayout(_folder.Path);
        using PrivateKey key = PrivateKey.Generate(KeySpec.Default);
        File.WriteAllText(layout.NextAuthority.Key, key.ToPem());
        Rotation().TrustBoth(KeySpec.Default, s_life);
        Assert.Equal(key.ToPem(), File.ReadAllText(layout.NextAuthority.Key));
    }

    [Fact]
    public void Completed_NoSetup_IsRefused()
    {
        using var empty = new TempDirectory();
        Assert.Throws<PkiException>(() => new CaRotation(empty.Path, _clock, PkiLog.Silent).Completed);
    }

    private CaRotation Rotation() => new(_folder.Path, _clock, PkiLog.Silent);

    private void Run(int stage)
    {
        if (stage == 1)
            Rotation().TrustBoth(KeySpec.Default, s_life);
        else
            Rotation().Reissue(s_life);
    }

    // Whatever mixture of old and new files the machines have: every pair must be trusted by every trust file.
    private void AssertAllTrusted()
    {
        var layout = new ClusterLayout(_folder.Path);
        foreach (string file in layout.TrustFiles())
        {
            IReadOnlyList<X509Certificate2> trusted = CertificateReader.ReadAll(File.ReadAllText(file));
            foreach (PairPath pair in layout.IssuedPairs())
            {
                using X509Certificate2 certificate = CertificateReader.ReadOne(File.ReadAllText(pair.Certificate));
                Assert.True(trusted.Any(ca => CertificateSignature.IsSignedBy(certificate, ca)), $"{file} does not trust {pair.Certificate}");
            }
        }
    }

    private string[] Keys() => [.. Contents().Where(static file => file.Key.EndsWith("-key.pem", StringComparison.Ordinal) && !file.Key.Contains("/ca/", StringComparison.Ordinal)).OrderBy(static file => file.Key, StringComparer.Ordinal).Select(static file => file.Value)];

    private Dictionary<string, string> Contents() =>
        Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).ToDictionary(static path => path, File.ReadAllText, StringComparer.Ordinal);
}
