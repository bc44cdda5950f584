using Etcd.Pki.Errors;
using Etcd.Pki.Text;
using Etcdctl.Cli;

namespace Etcdctl.Pki;

/// <summary><c>pki</c> and what is below it: certificates for a cluster.</summary>
internal static class PkiCommands
{
    public static Command Create() => new Command
    {
        Use = "pki <subcommand>",
        Short = "Certificates: set up a cluster with TLS, check certificates, rotate the CA",
        Long = """
            Makes, checks and replaces the certificates of a cluster.

            up, check and rotate look after a whole cluster. init, new-cert, sign, chain, export and status
            are a small CA in a folder, in the ways of etcd-ca. For single certificates with every option
            there is cfssl, which reads and writes the same files.
            """,
        Group = CommandGroup.Utility,
    }.Add(UpCommand.Create(), CheckCommand.Create(), RotateCommand.Create()).Add(DepotCommands.All());

    /// <summary>Runs work of the certificate library; its refusals end the program with their cure.</summary>
    public static T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (PkiException refused)
        {
            throw new ExitException(ExitCode.Error, refused.Cure is null ? refused.Message : $"{refused.Message}\nhint: {refused.Cure}");
        }
    }

    /// <summary>Shows only that long work goes on, and only to people.</summary>
    public static PkiLog LogOf(Terminal terminal) =>
        terminal.IsConsole && !Console.IsErrorRedirected ? new PkiLog(Console.Error, PkiLogLevel.Warning, TimeProvider.System, isInteractive: true) : PkiLog.Silent;

    public static bool WritesJson(Invocation invocation) => invocation.Globals.Text("write-out") == "json";
}
