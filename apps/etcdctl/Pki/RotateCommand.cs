using Etcd.Pki.Cluster;
using Etcdctl.Cli;

namespace Etcdctl.Pki;

/// <summary><c>pki rotate</c>: a new CA for a running cluster, in three stages.</summary>
internal static class RotateCommand
{
    public static Command Create() => new Command
    {
        Use = "rotate --out <dir> [--stage 1|2|3]",
        Short = "Replaces the CA of a running cluster in three stages",
        Long = """
            Replaces the CA that pki up made, without an outage:

              --stage 1  a new CA; everybody trusts both. Copy ca.pem everywhere, restart the members one after the other.
              --stage 2  every certificate again, from the new CA, for the same key. Copy them; no restart needed.
              --stage 3  everybody forgets the old CA. Copy ca.pem everywhere, restart the members one after the other.

            Every stage may be interrupted and repeated. Without --stage it tells how far the rotation has come.
            """,
        Run = RunAsync,
    }.With(
        Flag.Text("out", "", "folder that pki up has written"),
        Flag.Number("stage", 0, "stage to carry out"),
        Flag.Text("key-type", "ecdsa-256", "kind of the new CA's key"),
        Flag.Duration("ca-life", TimeSpan.FromHours(87600), "life of the new CA"),
        Flag.Duration("life", TimeSpan.FromHours(43800), "life of the new certificates"));

    private static Task RunAsync(Invocation invocation)
    {
        FlagSet flags = invocation.Globals;
        string directory = flags.Text("out");
        if (directory.Length == 0 || invocation.Arguments.Count > 0)
            throw Invocation.BadArguments("pki rotate needs --out, and no arguments");
        PkiCommands.Guard(() =>
        {
            var rotation = new CaRotation(directory, TimeProvider.System, PkiCommands.LogOf(invocation.Terminal));
            IReadOnlyList<SetupAction> actions = flags.Number("stage") switch
            {
                0 => [],
                1 => rotation.TrustBoth(UpCommand.ParseKey(flags.Text("key-type")), flags.Duration("ca-life")),
                2 => rotation.Reissue(flags.Duration("life")),
                3 => rotation.DropOld(),
                _ => throw Invocation.BadArguments("--stage is 1, 2 or 3"),
            };
            SetupReport.Print(invocation, actions, Next(rotation.Completed, (int)flags.Number("stage"), directory));
            return 0;
        });
        return Task.CompletedTask;
    }

    private static IReadOnlyList<string> Next(RotationStage completed, int ran, string directory) => (completed, ran) switch
    {
        (RotationStage.None, 3) =>
        [
            "copy every NAME/ssl/ca.pem to its member and client/ca.pem to the clients",
            "restart the members, one after the other: systemctl restart etcd; the rotation is complete then",
        ],
        (RotationStage.None, _) => [$"no rotation is under way; begin one: etcdctl pki rotate --out {directory} --stage 1"],
        (RotationStage.TrustBoth, _) =>
        [
            "copy every NAME/ssl/ca.pem to its member and client/ca.pem to the clients",
            "restart the members, one after the other: systemctl restart etcd",
            $"then: etcdctl pki rotate --out {directory} --stage 2",
        ],
        _ =>
        [
            "copy every NAME/ssl/*.pem to its member and client/*.pem to the clients; members read them at the next handshake",
            $"then: etcdctl pki rotate --out {directory} --stage 3",
        ],
    };
}
