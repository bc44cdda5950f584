namespace Etcd.Hosting.Configuration;

/// <summary>What came of reading a command line and an environment.</summary>
public sealed record ParsedCommandLine
{
    public ServerOptions Options { get; } = new();

    /// <summary>Print the version and exit 0.</summary>
    public bool ShowVersion { get; init; }

    /// <summary>Print the help and exit 0.</summary>
    public bool ShowHelp { get; init; }

    /// <summary>Why the process must not start; null if it may.</summary>
    public string? Failure { get; init; }

    /// <summary>2 for what Go's flag package refuses (the usage text follows), 1 for what etcd refuses.</summary>
    public int ExitCode { get; init; }

    /// <summary>Lines for the log, once there is one.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}

/// <summary>Reads flags and <c>ETCD_*</c> variables into <see cref="ServerOptions"/>, by Go's flag rules: <c>-x</c> and
/// <c>--x</c> are equal, <c>--x=v</c> or <c>--x v</c>, a bool stands alone or has <c>=value</c>.</summary>
public static class CommandLine
{
    private const int UsageExit = 2, RefusedExit = 1;

    public static ParsedCommandLine Parse(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var notices = new List<string>();
        var parsed = new ParsedCommandLine { Notices = notices };
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument is "-h" or "--h" or "-help" or "--help")
                return parsed with { ShowHelp = true };
            if (argument is "-version" or "--version")
                return parsed with { ShowVersion = true };
            if (!argument.StartsWith('-') || argument is "-")
                return parsed with { Failure = $"error verifying flags, '{argument}' is not a valid flag. See 'etcd --help'.", ExitCode = RefusedExit };
            if (ApplyFlag(parsed.Options, argument, arguments, ref i) is { } failure)
                return parsed with { Failure = failure, ExitCode = UsageExit };
        }
        string? refused = ApplyEnvironment(parsed.Options, environment, notices) ?? OptionRules.Check(parsed.Options);
        return refused is null ? parsed : parsed with { Failure = refused, ExitCode = RefusedExit };
    }

    private static string? ApplyFlag(ServerOptions options, string argument, IReadOnlyList<string> arguments, ref int position)
    {
        string name = argument.TrimStart('-');
        string? value = null;
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        if (equals >= 0)
            (name, value) = (name[..equals], name[(equals + 1)..]);
        if (FlagTable.Find(name) is not { } flag)
            return $"flag provided but not defined: -{name}{Suggestion(name)}";
        if (value is null && flag.IsBool)
            value = "true";
        if (value is null)
        {
            if (position + 1 >= arguments.Count)
                return $"flag needs an argument: -{name}";
            value = arguments[++position];
        }
        options.Explicit.Add(flag.Name);
        string kind = flag.IsBool ? "invalid boolean value" : "invalid value";
        return flag.Set(options, value) is { } reason ? $"{kind} \"{value}\" for flag -{name}: {reason}" : null;
    }

    /// <summary>A flag wins over its variable, with a notice (docs/compat/configuration.md says why we do not refuse).</summary>
    private static string? ApplyEnvironment(ServerOptions options, IReadOnlyDictionary<string, string> environment, List<string> notices)
    {
        var known = FlagTable.All.ToDictionary(static f => f.Variable, StringComparer.Ordinal);
        foreach ((string variable, string value) in environment.OrderBy(static v => v.Key, StringComparer.Ordinal))
        {
            if (!variable.StartsWith("ETCD_", StringComparison.Ordinal) || value.Length == 0)
                continue;
            if (!known.TryGetValue(variable, out Flag? flag))
            {
                notices.Add($"unrecognized environment variable {variable}={value}");
                continue;
            }
            if (options.Explicit.Contains(flag.Name))
            {
                notices.Add($"recognized environment variable {variable}, but unused: shadowed by corresponding flag");
                continue;
            }
            if (flag.Set(options, value) is { } reason)
                return $"invalid value \"{value}\" for {variable}: {reason}";
            options.Explicit.Add(flag.Name);
            notices.Add($"recognized and used environment variable {variable}={value}");
        }
        return null;
    }

    /// <summary>The closest known flag, for a slip of the finger.</summary>
    private static string Suggestion(string name)
    {
        Flag? closest = FlagTable.All.MinBy(f => Distance(f.Name, name));
        return closest is not null && Distance(closest.Name, name) <= 2 ? $" (did you mean --{closest.Name}?)" : "";
    }

    /// <summary>Levenshtein distance.</summary>
    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int substitute = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substitute, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
