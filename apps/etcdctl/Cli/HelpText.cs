using System.Text;

namespace Etcdctl.Cli;

/// <summary>Help and usage in the layout that etcdctl has since 3.7.</summary>
internal static class HelpText
{
    private const int ShortestNameColumn = 11;

    /// <summary>What <c>--help</c> prints.</summary>
    public static string Help(Command command) =>
        (command.Long ?? command.Short).TrimEnd() + "\n\n" + Usage(command)
        + "Use \"etcdctl options\" for a list of global command-line options (applies to all commands).\n";

    /// <summary>What follows a complaint about the command line.</summary>
    public static string Usage(Command command)
    {
        var text = new StringBuilder("Usage:\n");
        if (command.Run is not null)
            text.Append($"  {UseLine(command)}\n");
        if (command.Children.Count > 0)
        {
            text.Append($"  {command.Path} [command]\n");
            AppendChildren(text, command);
        }
        string flags = Flags(LocalFlags(command));
        if (flags.Length > 0)
            text.Append("\nFlags:\n").Append(flags);
        if (command.Children.Count > 0)
            text.Append($"\nUse \"{command.Path} [command] --help\" for more information about a command.\n");
        return text.ToString();
    }

    /// <summary>Two columns, sorted by name.</summary>
    public static string Flags(IEnumerable<Flag> flags)
    {
        Flag[] sorted = [.. flags];
        int width = sorted.Length == 0 ? 0 : sorted.Max(flag => flag.HelpTitle.Length);
        var text = new StringBuilder();
        foreach (Flag flag in sorted)
            text.Append($"  {flag.HelpTitle.PadRight(width)}   {flag.HelpText}\n");
        return text.ToString();
    }

    private static string UseLine(Command command)
    {
        string line = command.Parent is null ? command.Use : command.Parent.Path + " " + command.Use;
        return line.Contains("[flags]", StringComparison.Ordinal) ? line : line + " [flags]";
    }

    private static void AppendChildren(StringBuilder text, Command command)
    {
        int width = Math.Max(ShortestNameColumn, command.Children.Max(child => child.Name.Length));
        if (command.Children.All(child => child.Group is null))
        {
            text.Append("\nAvailable Commands:\n");
            AppendChildren(text, command.Children, width);
            return;
        }
        foreach (CommandGroup group in CommandGroup.InOrder)
        {
            text.Append($"\n{group.Title}\n");
            AppendChildren(text, command.Children.Where(child => child.Group == group), width);
        }
    }

    private static void AppendChildren(StringBuilder text, IEnumerable<Command> children, int width)
    {
        foreach (Command child in children.Where(child => !child.IsHidden))
            text.Append($"  {child.Name.PadRight(width)} {child.Short}\n");
    }

    // Global flags are hidden from every help text but that of "options"; the root's own help flag too.
    private static IEnumerable<Flag> LocalFlags(Command command)
    {
        if (command.Parent is null)
            return [];
        Flag help = Flag.Bool("help", value: false, $"help for {command.Name}", 'h');
        return command.Flags.All.Concat(command.PersistentFlags.All).Append(help).OrderBy(flag => flag.Name, StringComparer.Ordinal);
    }
}
