using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary><c>version</c>, <c>options</c> and <c>help</c>.</summary>
internal static class UtilityCommands
{
    public const string Version = "3.7.1";
    private const string ApiVersion = "3.7";

    public static Command[] All(Command root) =>
    [
        new Command
        {
            Use = "version",
            Short = "Prints the version of etcdctl",
            Group = CommandGroup.Utility,
            Run = invocation =>
            {
                invocation.Terminal.Out.Write($"etcdctl version: {Version}\nAPI version: {ApiVersion}\n");
                return Task.CompletedTask;
            },
        },
        new Command
        {
            Use = "options",
            Short = "Show the global command-line flags",
            Group = CommandGroup.Utility,
            Run = invocation =>
            {
                invocation.Terminal.Out.Write("The following options can be passed to any command:\n\n" + HelpText.Flags(root.PersistentFlags.All));
                return Task.CompletedTask;
            },
        },
        new Command
        {
            Use = "help [command]",
            Short = "Help about any command",
            Long = $"Help provides help for any command in the application.\nSimply type {root.Name} help [path to command] for full details.",
            Group = CommandGroup.Utility,
            Run = invocation => HelpAsync(root, invocation),
        },
    ];

    private static Task HelpAsync(Command root, Invocation invocation)
    {
        (Command command, List<string> rest) = CommandLine.Find(root, invocation.Arguments);
        if (rest.Count > 0 && command == root)
        {
            string quoted = string.Join(' ', invocation.Arguments.Select(word => $"`{word}`"));
            invocation.Terminal.Out.Write($"Unknown help topic [{quoted}]\n{HelpText.Usage(root)}");
        }
        else
        {
            invocation.Terminal.Out.Write(HelpText.Help(command));
        }
        return Task.CompletedTask;
    }
}
