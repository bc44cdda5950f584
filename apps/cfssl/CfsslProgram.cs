using Cfssl.Commands;
using Etcd.Pki.Errors;
using Etcd.Pki.Profiles;
using Etcd.Pki.Text;
using Etcd.Pki.Tools;

namespace Cfssl;

/// <summary>The cfssl command line.</summary>
internal static class CfsslProgram
{
    private const int Success = 0;
    private const int Failure = 1;
    private const int WrongFlags = 2;

    private static readonly ICfsslCommand[] s_commands =
    [
        new BundleCommand(),
        new CertInfoCommand(),
        new CrlCommand(),
        new GenCertCommand(),
        new GenCrlCommand(),
        new GenCsrCommand(),
        new GenKeyCommand(),
        new InfoCommand(),
        new OcspDumpCommand(),
        new OcspRefreshCommand(),
        new OcspServeCommand(),
        new OcspSignCommand(),
        new PrintDefaultsCommand(),
        new RevokeCommand(),
        new SelfSignCommand(),
        new ServeCommand(),
        new SignCommand(),
        new VersionCommand(),
    ];

    /// <summary>Runs one command.</summary>
    /// <returns>The exit code: 0, 1 for a failure, 2 for wrong flags.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, ToolConsole console, CancellationToken cancellation)
    {
        try
        {
            IReadOnlyList<string> rest = new GoFlagSet().Parse(arguments);
            if (rest.Count == 0)
                return RefuseCommand("No command is given.", console);
            return s_commands.FirstOrDefault(command => command.Name == rest[0]) is { } command
                ? await RunAsync(command, [.. rest.Skip(1)], console, cancellation)
                : RefuseCommand($"Command {rest[0]} is not defined.", console);
        }
        catch (GoFlagException error)
        {
            if (!error.IsHelp)
                console.Error.Write(error.Message + "\n");
            PrintUsage(console.Error);
            return error.IsHelp ? Success : WrongFlags;
        }
    }

    /// <summary>Runs a command that is given, as the programs named after one command do.</summary>
    public static async Task<int> RunAsync(
        ICfsslCommand command, IReadOnlyList<string> arguments, ToolConsole console, CancellationToken cancellation)
    {
        var options = new CfsslOptions();
        try
        {
            IReadOnlyList<string> rest = options.Parse(arguments);
            var log = new PkiLog(console.Error, options.LogLevel, console.Clock, console.IsInteractive);
            if (!TryReadPolicy(options, console, log, out SigningPolicy? policy))
                return Failure;
            await command.RunAsync(new CommandContext(options, rest, console, log, policy, cancellation));
            return Success;
        }
        catch (GoFlagException error)
        {
            if (!error.IsHelp)
                console.Error.Write(error.Message + "\n");
            PrintUsage(command, options, console.Error);
            return error.IsHelp ? Success : WrongFlags;
        }
        catch (PkiException error)
        {
            console.PrintError(error);
            return Failure;
        }
        catch (QuietFailure)
        {
            return Failure;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return Failure;
        }
    }

    private static bool TryReadPolicy(CfsslOptions options, ToolConsole console, PkiLog log, out SigningPolicy? policy)
    {
        policy = null;
        if (options.Config.Length == 0)
            return true;
        try
        {
            policy = SigningPolicyReader.ReadFile(options.Config, log);
            return true;
        }
        catch (PkiException error)
        {
            console.Error.Write($"Failed to load config file: {error.Line}\n");
            console.PrintCure(error);
            return false;
        }
    }

    private static int RefuseCommand(string message, ToolConsole console)
    {
        console.Error.Write(message + "\n");
        PrintUsage(console.Error);
        return Failure;
    }

    private static void PrintUsage(TextWriter output)
    {
        output.Write("Usage:\nAvailable commands:\n");
        foreach (ICfsslCommand command in s_commands)
            output.Write($"\t{command.Name,-16}{command.Summary}\n");
        output.Write("cfssl COMMAND -h tells more about one of them.\n");
    }

    private static void PrintUsage(ICfsslCommand command, CfsslOptions options, TextWriter output)
    {
        output.Write($"\tcfssl {command.Name} -- {command.Summary}\n\nUsage of {command.Name}:\n");
        foreach (string line in command.Synopsis)
            output.Write($"        cfssl {line}\n");
        output.Write("\nFlags:\n" + options.Describe([.. command.Flags, "loglevel"]));
    }
}
