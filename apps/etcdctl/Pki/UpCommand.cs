using Etcd.Pki.Cluster;
using Etcd.Pki.Keys;
using Etcdctl.Cli;

namespace Etcdctl.Pki;

/// <summary><c>pki up</c>: everything that a cluster with mutual TLS needs, in one go and again.</summary>
internal static class UpCommand
{
    public static Command Create() => new Command
    {
        Use = "up --members a=10.0.0.1,b=10.0.0.2,c=10.0.0.3 --out <dir>",
        Short = "Writes CA, certificates, keys, unit, environment and config files of a whole cluster",
        Long = """
            Writes into one folder everything that a cluster with mutual TLS needs: a CA; server, peer and client
            certificates with the right names and usages; a unit file, an environment file and a config file per
            member; and prints the commands that bring it to life. Run again, it renews only what is near its end
            or no longer fits the plan. Keys are never replaced without --force.
            """,
        Run = RunAsync,
    }.With(
        Flag.Text("members", "", "name=address of every member, comma-separated; more names of a member behind slashes"),
        Flag.Text("out", "", "folder to write to"),
        Flag.Number("client-port", 2379, "port for clients"),
        Flag.Number("peer-port", 2380, "port for members"),
        Flag.Text("install-dir", "/etc/etcd", "where a member's folder will lie on its machine"),
        Flag.Text("data-dir", "/var/lib/etcd", "data directory of a member"),
        Flag.Bool("in-place", value: false, "run the members from the written folders (to try it on one machine)"),
        Flag.Text("token", "etcd-cluster", "initial cluster token"),
        Flag.Text("client-name", "root", "common name of the client certificate, i.e. the user it stands for"),
        Flag.Text("key-type", "ecdsa-256", "kind of new keys: ecdsa-256, ecdsa-384, ecdsa-521, rsa-2048 … rsa-8192"),
        Flag.Duration("ca-life", TimeSpan.FromHours(87600), "life of the CA"),
        Flag.Duration("life", TimeSpan.FromHours(43800), "life of certificates"),
        Flag.Duration("renew-before", TimeSpan.FromHours(720), "renew certificates with less left than this"),
        Flag.Bool("force", value: false, "make new keys and certificates, replace edited files"));

    /// <summary>Reads <c>rsa-4096</c>.</summary>
    /// <exception cref="ExitException">It is not of that form.</exception>
    public static KeySpec ParseKey(string text)
    {
        string[] parts = text.Split('-');
        return parts.Length == 2 && int.TryParse(parts[1], out int bits)
            ? new KeySpec(parts[0], bits)
            : throw Invocation.BadArguments($"--key-type {text}: write it like ecdsa-256 or rsa-2048");
    }

    private static Task RunAsync(Invocation invocation)
    {
        FlagSet flags = invocation.Globals;
        if (flags.Text("members").Length == 0 || flags.Text("out").Length == 0 || invocation.Arguments.Count > 0)
            throw Invocation.BadArguments("pki up needs --members and --out, and no arguments");
        bool isInPlace = flags.IsOn("in-place");
        PkiCommands.Guard(() =>
        {
            var plan = new ClusterPlan
            {
                Members = ClusterMember.ParseList(flags.Text("members")),
                Directory = flags.Text("out"),
                ClientPort = Port(flags, "client-port"),
                PeerPort = Port(flags, "peer-port"),
                InstallDirectory = isInPlace ? null : flags.Text("install-dir"),
                DataDirectory = isInPlace ? null : flags.Text("data-dir"),
                Token = flags.Text("token"),
                ClientName = flags.Text("client-name"),
                AuthorityLife = flags.Duration("ca-life"),
                CertificateLife = flags.Duration("life"),
                RenewBefore = flags.Duration("renew-before"),
                Key = ParseKey(flags.Text("key-type")),
                IsForced = flags.IsOn("force"),
            };
            IReadOnlyList<SetupAction> actions = new ClusterSetup(TimeProvider.System, PkiCommands.LogOf(invocation.Terminal)).Apply(plan);
            SetupReport.Print(invocation, actions, ClusterSetup.NextCommands(plan));
            return 0;
        });
        return Task.CompletedTask;
    }

    private static int Port(FlagSet flags, string name) =>
        flags.Number(name) is > 0 and < 65536 and var port ? (int)port : throw Invocation.BadArguments($"--{name} is a port from 1 to 65535");
}
