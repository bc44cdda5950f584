using Etcd.Foundation.Logging;
using Etcdctl.Cli;

namespace Etcdctl.Globals;

/// <summary>Takes global flags from <c>ETCDCTL_*</c> variables.</summary>
internal static class EnvironmentFlags
{
    private const string Prefix = "ETCDCTL_";

    // ETCDCTL_API chooses between the v3 tool and the v2 tool. The watch variables are read by the watch command itself.
    private static readonly string[] s_otherVariables = ["ETCDCTL_API", "ETCDCTL_WATCH_KEY", "ETCDCTL_WATCH_RANGE_END"];

    /// <exception cref="ExitException">A variable is set together with its flag.</exception>
    public static void Apply(Invocation invocation)
    {
        IReadOnlyDictionary<string, string> environment = invocation.Terminal.Environment;
        HashSet<string> used = [.. s_otherVariables];
        Logger? log = null;
        foreach (Flag flag in Inherited(invocation.Command))
        {
            string variable = VariableOf(flag);
            if (!environment.TryGetValue(variable, out string? value) || value.Length == 0)
                continue;
            if (flag.IsChanged)
            {
                ClientLog.For(invocation.Terminal).Fatal(
                    "conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))",
                    ("environment-variable", variable));
                throw new ExitException(ExitCode.Error, "");
            }
            // Compat: a value that does not parse is ignored, as etcdctl ignores it.
            _ = flag.TrySet(value);
            used.Add(variable);
        }
        foreach (string variable in environment.Keys.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && !used.Contains(name)))
        {
            log ??= ClientLog.For(invocation.Terminal);
            log.Warn("unrecognized environment variable", ("environment-variable", $"{variable}={environment[variable]}"));
        }
        if (invocation.Flags.IsOn("debug"))
        {
            foreach (Flag flag in Inherited(invocation.Command))
                invocation.Terminal.Error.Write($"{VariableOf(flag)}={(flag.Kind == FlagKind.List ? $"[{flag.Value}]" : flag.Value)}\n");
        }
    }

    private static string VariableOf(Flag flag) => Prefix + flag.Name.ToUpperInvariant().Replace('-', '_');

    private static IEnumerable<Flag> Inherited(Command command)
    {
        var flags = new FlagSet();
        for (Command? ancestor = command.Parent; ancestor is not null; ancestor = ancestor.Parent)
            flags.AddAll(ancestor.PersistentFlags);
        return flags.All;
    }
}
