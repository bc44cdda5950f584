using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Etcd.Pki.Errors;
using Etcd.Pki.Files;
using Etcd.Pki.Keys;
using Etcd.Pki.Pem;
using Etcd.Pki.Signing;
using Etcd.Pki.Text;

namespace Etcd.Pki.Cluster;

/// <summary>Writes everything that a cluster with mutual TLS needs, and on later runs renews what is near its end.</summary>
/// <param name="clock">Decides what is near its end.</param>
/// <param name="log">Shows that long work goes on.</param>
public sealed class ClusterSetup(TimeProvider clock, PkiLog log)
{
    /// <summary>Makes, renews or keeps every file of the plan.</summary>
    /// <exception cref="PkiException">The plan contradicts what is there, or a file cannot be read or written.</exception>
    public IReadOnlyList<SetupAction> Apply(ClusterPlan plan)
    {
        plan.Key.Check();
        var layout = new ClusterLayout(plan.Directory);
        if (File.Exists(layout.NextAuthority.Certificate))
            throw new PkiException(
                $"{layout.Root}: the authority is being rotated", $"finish it first: etcdctl pki rotate --out {plan.Directory}");
        CreateFolders(plan, layout);
        var actions = new List<SetupAction>();
        (X509Certificate2 ca, PrivateKey caKey) = EnsureAuthority(plan, layout, actions);
        string trust = PemBlock.Write("CERTIFICATE", ca.RawData);
        using var issuer = new PairIssuer(ca, caKey, plan.CertificateLife, plan.RenewBefore, plan.Key, plan.IsForced, clock, log);
        foreach (ClusterMember member in plan.Members)
            EnsureMember(plan, layout, member, issuer, trust, actions);
        actions.Add(issuer.Ensure(layout.Client, EtcdRole.Client, plan.ClientName, []));
        actions.Add(EnsureText(layout.ClientTrustFile, trust, isForced: true));
        actions.Add(EnsureText(layout.ProfilesFile, ClusterProfiles.ToJson(plan.CertificateLife), plan.IsForced));
        return actions;
    }

    /// <summary>The commands that bring the files to the members and start them, one per line.</summary>
    public static IReadOnlyList<string> NextCommands(ClusterPlan plan)
    {
        var layout = new ClusterLayout(plan.Directory);
        var commands = new List<string>();
        foreach (ClusterMember member in plan.Members)
        {
            string folder = layout.MemberFolder(member.Name);
            if (plan.InstallDirectory is not { } target)
            {
                commands.Add($"etcd --config-file {folder}/etcd.yaml");
                continue;
            }
            commands.Add($"ssh root@{member.Address} mkdir -p {target} {plan.DataDirectory}");
            commands.Add($"scp -pr {folder}/. root@{member.UrlHost}:{target}/");
            commands.Add($"ssh root@{member.Address} 'cp {target}/etcd.service /etc/systemd/system/ && systemctl daemon-reload && systemctl enable --now --no-block etcd'");
        }
        string endpoints = string.Join(',', plan.Members.Select(member => $"https://{member.UrlHost}:{plan.ClientPort.ToString(CultureInfo.InvariantCulture)}"));
        commands.Add($"etcdctl --endpoints {endpoints} --cacert {layout.ClientTrustFile} --cert {layout.Client.Certificate} --key {layout.Client.Key} endpoint health");
        return commands;
    }

    private static void CreateFolders(ClusterPlan plan, ClusterLayout layout)
    {
        try
        {
            Directory.CreateDirectory(layout.Root);
            // The authority's folder is for its owner only; the members' folders hold keys with a mode of their own.
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(layout.AuthorityFolder);
            else
                Directory.CreateDirectory(layout.AuthorityFolder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Directory.CreateDirectory(layout.ClientFolder);
            foreach (ClusterMember member in plan.Members)
                Directory.CreateDirectory(Path.Combine(layout.MemberFolder(member.Name), "ssl"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"mkdir {layout.Root}: {error.Message}", "--out names a folder that can be written");
        }
    }

    private (X509Certificate2 Certificate, PrivateKey Key) EnsureAuthority(ClusterPlan plan, ClusterLayout layout, List<SetupAction> actions)
    {
        PairPath path = layout.Authority;
        bool hasCertificate = File.Exists(path.Certificate);
        bool hasKey = File.Exists(path.Key);
        if (hasCertificate && !hasKey)
            throw new PkiException(
                $"open {path.Key}: no such file or directory",
                "the authority's certificate is there but not its key: put the key back, or remove the certificate to begin with a new authority");
        if (hasCertificate)
        {
            (X509Certificate2 certificate, PrivateKey key) = Authorities.Read(path);
            actions.Add(new SetupAction(path.Certificate, SetupOutcome.Kept, Authorities.DescribeLife(certificate, plan.RenewBefore, clock, plan.Directory)));
            return (certificate, key);
        }
        // A key without a certificate is what an interrupted first run leaves: it is used.
        IssuedPair pair = hasKey ? Authorities.CertifyKey(path, plan.AuthorityLife, clock) : Authorities.Create(path, plan.Key, plan.AuthorityLife, clock, log);
        pair.Dispose();
        actions.Add(new SetupAction(path.Certificate, SetupOutcome.Created));
        return Authorities.Read(path);
    }

    private static void EnsureMember(
        ClusterPlan plan, ClusterLayout layout, ClusterMember member, PairIssuer issuer, string trust, List<SetupAction> actions)
    {
        string[] own = [member.Address, .. member.OtherNames];
        string[] serverHosts = [.. own.Concat(["127.0.0.1", "localhost"]).Distinct(StringComparer.OrdinalIgnoreCase)];
        // etcd compares a calling member's IP with its peer certificate. Calls between loopback addresses come from 127.0.0.1.
        string[] peerHosts = [.. own.Concat(member.IsLoopback ? ["127.0.0.1"] : []).Distinct(StringComparer.OrdinalIgnoreCase)];
        actions.Add(EnsureText(layout.MemberTrustFile(member.Name), trust, isForced: true));
        actions.Add(issuer.Ensure(layout.Server(member.Name), EtcdRole.Server, member.Name, serverHosts));
        actions.Add(issuer.Ensure(layout.Peer(member.Name), EtcdRole.Peer, member.Name, peerHosts));
        string folder = layout.MemberFolder(member.Name);
        var files = new MemberFiles(plan, member, folder);
        actions.Add(EnsureText(Path.Combine(folder, "etcd.conf"), files.Environment(), plan.IsForced));
        actions.Add(EnsureText(Path.Combine(folder, "etcd.yaml"), files.Yaml(), plan.IsForced));
        actions.Add(EnsureText(Path.Combine(folder, "etcd.service"), files.Unit(), plan.IsForced));
    }

    private static SetupAction EnsureText(string path, string text, bool isForced)
    {
        bool exists = File.Exists(path);
        if (exists && InputFile.ReadText(path) == text)
            return new SetupAction(path, SetupOutcome.Kept);
        if (exists && !isForced)
            return new SetupAction(path, SetupOutcome.Kept, "it was edited, or the plan has changed; --force replaces it");
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(text), AtomicFile.PublicMode);
        return new SetupAction(path, exists ? SetupOutcome.Replaced : SetupOutcome.Created);
    }
}
