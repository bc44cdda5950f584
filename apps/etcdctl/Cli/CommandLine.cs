namespace Etcdctl.Cli;

/// <summary>Finds the command that a line means, parses its flags and runs it; complaints look like cobra's.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Command root, IReadOnlyList<string> words, Terminal terminal, Interruption interruption)
    {
        (Command command, List<string> rest) = Find(root, words);
        try
        {
            if (command.Parent is null && FirstArgument(command, rest) is { } unknown)
            {
                terminal.Error.Write($"Error: unknown command \"{unknown}\" for \"{root.Name}\"{Suggestions(root, unknown)}\nRun '{root.Name} --help' for usage.\n");
                return ExitCode.Error;
            }
            FlagSet flags = command.AllFlags();
            flags.Parse(rest);
            if (command.Run is null)
                throw new HelpRequestedException();
            if (command.CheckArguments?.Invoke(flags.Arguments) is { } complaint)
                throw new UsageException(complaint);
            interruption.IsHandled = command.CleansUp;
            using var invocation = new Invocation(command, flags, terminal, interruption.Token);
            await command.Run(invocation);
            return invocation.ExitCode;
        }
        catch (HelpRequestedException)
        {
            terminal.Out.Write(HelpText.Help(command));
            return ExitCode.Success;
        }
        catch (UsageException problem)
        {
            terminal.Error.Write($"Error: {problem.Message}\n{HelpText.Usage(command)}\n");
            return ExitCode.Error;
        }
        catch (ExitException exit)
        {
            terminal.Out.Flush();
            if (exit.Message.Length > 0)
                terminal.Error.Write($"Error: {exit.Message}\n");
            return exit.Code;
        }
        finally
        {
            terminal.Out.Flush();
            terminal.Error.Flush();
        }
    }

    /// <summary>Follows command names down the tree, over flags and their values.</summary>
    public static (Command Command, List<string> Words) Find(Command root, IReadOnlyList<string> words)
    {
        Command command = root;
        List<string> rest = [.. words];
        while (command.Children.Count > 0)
        {
            int at = IndexOfArgument(command, rest);
            if (at < 0 || command.FindChild(rest[at]) is not { } child)
                break;
            rest.RemoveAt(at);
            command = child;
        }
        return (command, rest);
    }

    private static string? FirstArgument(Command command, List<string> words)
    {
        int at = IndexOfArgument(command, words);
        return at < 0 ? null : words[at];
    }

    /// <summary>The first word that is neither a flag nor a flag's value; −1 if there is none.</summary>
    private static int IndexOfArgument(Command command, List<string> words)
    {
        FlagSet flags = command.AllFlags();
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (word == "--")
                return -1;
            if (!word.StartsWith('-') || word.Length == 1)
                return i;
            bool isLong = word.StartsWith("--", StringComparison.Ordinal);
            Flag? flag = isLong ? flags.Find(word[2..]) : word.Length == 2 ? flags.FindShorthand(word[1]) : null;
            bool isAlone = word.Contains('=') || (flag is not null && flag.ValueIfAlone is not null)
                || word is "--help" or "-h" || (!isLong && word.Length > 2);
            if (!isAlone)
                i++;
        }
        return -1;
    }

    private static string Suggestions(Command root, string typed)
    {
        string[] near = [.. root.Children
            .Where(child => !child.IsHidden && (EditDistance(typed, child.Name) <= 2 || child.Name.StartsWith(typed, StringComparison.OrdinalIgnoreCase)))
            .Select(child => $"\t{child.Name}\n")];
        return near.Length == 0 ? "" : "\n\nDid you mean this?\n" + string.Concat(near);
    }

    /// <summary>Letters to insert, delete or replace, ignoring case.</summary>
    private static int EditDistance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int replace = diagonal + (char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replace, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[right.Length];
    }
}
