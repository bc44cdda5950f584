using Etcd.Client;
using Etcdctl.Cli;

namespace Etcdctl.Commands;

/// <summary>What one watch line asks for: keys, options and a command to run for each event.</summary>
internal sealed record WatchLine(KeyRange Range, WatchOptions Options, IReadOnlyList<string> Exec)
{
    private const string KeyVariable = "ETCDCTL_WATCH_KEY";
    private const string RangeEndVariable = "ETCDCTL_WATCH_RANGE_END";

    public static Command AddFlags(Command command) => command.With(
        Flag.Bool("interactive", value: false, "Interactive mode", 'i'),
        Flag.Bool("prefix", value: false, "Watch on a prefix if prefix is set"),
        Flag.Number("rev", 0, "Revision to start watching", "int"),
        Flag.Bool("prev-kv", value: false, "get the previous key-value pair before the event happens"),
        Flag.Bool("progress-notify", value: false, "get periodic watch progress notification from server"));

    /// <summary>Reads a line; the key may come from the environment.</summary>
    /// <exception cref="FormatException">Too few or too many words.</exception>
    public static WatchLine From(FlagSet flags, IReadOnlyDictionary<string, string> environment)
    {
        bool hasDash = flags.ArgumentsBeforeDash >= 0;
        int keyCount = hasDash ? flags.ArgumentsBeforeDash : flags.Arguments.Count;
        string[] keys = [.. flags.Arguments.Take(keyCount)];
        string[] exec = [.. flags.Arguments.Skip(keyCount)];
        if (hasDash && exec.Length == 0)
            throw new FormatException("bad number of arguments (found separator --, but no commands)");
        if (environment.TryGetValue(KeyVariable, out string? key) && key.Length > 0)
        {
            if (keys.Length > 0)
                throw new FormatException("bad number of arguments (found conflicting environment key)");
            keys = environment.TryGetValue(RangeEndVariable, out string? end) && end.Length > 0 ? [key, end] : [key];
        }
        if (keys.Length == 0)
            throw new FormatException("bad number of arguments");
        bool isPrefix = flags.IsOn("prefix");
        if (keys.Length == 2 && isPrefix)
            throw new FormatException("`range_end` and `--prefix` are mutually exclusive");
        KeyRange range = keys.Length == 2 ? KeyRange.Between(KvRequests.Bytes(keys[0]), KvRequests.Bytes(keys[1]))
            : isPrefix ? KeyRange.Prefix(KvRequests.Bytes(keys[0]))
            : KeyRange.One(KvRequests.Bytes(keys[0]));
        var options = new WatchOptions
        {
            StartRevision = flags.Number("rev"),
            PreviousKeyValue = flags.IsOn("prev-kv"),
            ProgressNotify = flags.IsOn("progress-notify"),
        };
        return new WatchLine(range, options, exec);
    }
}
