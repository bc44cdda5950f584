using Etcd.Client;
using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Text;
using Google.Protobuf;

namespace Etcdctl.Commands;

/// <summary>Reads put, get and del requests off flags and arguments; the same for the commands and inside transactions.</summary>
internal static class KvRequests
{
    public static Command AddGetFlags(Command command) => command.With(
        Flag.Text("consistency", "l", "Linearizable(l) or Serializable(s)"),
        Flag.Text("order", "", "Order of results; ASCEND or DESCEND (ASCEND by default)"),
        Flag.Text("sort-by", "", "Sort target; CREATE, KEY, MODIFY, VALUE, or VERSION"),
        Flag.Number("limit", 0, "Maximum number of results", "int"),
        Flag.Bool("prefix", value: false, "Get keys with matching prefix"),
        Flag.Bool("from-key", value: false, "Get keys that are greater than or equal to the given key using byte compare"),
        Flag.Number("rev", 0, "Specify the kv revision", "int"),
        Flag.Bool("keys-only", value: false, "Get only the keys"),
        Flag.Bool("count-only", value: false, "Get only the count"),
        Flag.Bool("print-value-only", value: false, "Only write values when using the \"simple\" output format"),
        Flag.Number("min-create-rev", 0, "Minimum create revision", "int"),
        Flag.Number("max-create-rev", 0, "Maximum create revision", "int"),
        Flag.Number("min-mod-rev", 0, "Minimum modification revision", "int"),
        Flag.Number("max-mod-rev", 0, "Maximum modification revision", "int"));

    public static Command AddPutFlags(Command command) => command.With(
        Flag.Text("lease", "0", "lease ID (in hexadecimal) to attach to the key"),
        Flag.Bool("prev-kv", value: false, "return the previous key-value pair before modification"),
        Flag.Bool("ignore-value", value: false, "updates the key using its current value"),
        Flag.Bool("ignore-lease", value: false, "updates the key using its current lease"));

    public static Command AddDeleteFlags(Command command) => command.With(
        Flag.Bool("prefix", value: false, "delete keys with matching prefix"),
        Flag.Bool("prev-kv", value: false, "return deleted key-value pairs"),
        Flag.Bool("from-key", value: false, "delete keys that are greater than or equal to the given key using byte compare"),
        Flag.Bool("range", value: false, "delete range of keys without delay"));

    public static RangeRequest Get(FlagSet flags)
    {
        if (flags.Arguments.Count == 0)
            throw Invocation.BadArguments("get command needs one argument as key and an optional argument as range_end");
        RefuseBoth(flags, "prefix", "from-key");
        RefuseBoth(flags, "keys-only", "count-only");
        if (flags.Text("consistency") is not ("l" or "s"))
            throw new ExitException(ExitCode.BadFeature, $"unknown consistency flag {GoString.Quote(flags.Text("consistency"))}");
        KeyRange range = Range(flags, out _);
        return new RangeRequest
        {
            Key = range.Key,
            RangeEnd = range.End,
            Limit = flags.Number("limit"),
            Revision = Math.Max(0, flags.Number("rev")),
            SortOrder = SortOrder(flags.Text("order"), flags.Text("sort-by")),
            SortTarget = SortTarget(flags.Text("sort-by")),
            Serializable = flags.Text("consistency") == "s",
            KeysOnly = flags.IsOn("keys-only"),
            CountOnly = flags.IsOn("count-only"),
            MinCreateRevision = flags.Number("min-create-rev"),
            MaxCreateRevision = flags.Number("max-create-rev"),
            MinModRevision = flags.Number("min-mod-rev"),
            MaxModRevision = flags.Number("max-mod-rev"),
        };
    }

    public static PutRequest Put(FlagSet flags, Stream input)
    {
        const string WrongCount = "put command needs 1 argument and input from stdin or 2 arguments";
        if (flags.Arguments.Count == 0)
            throw Invocation.BadArguments(WrongCount);
        bool keepsValue = flags.IsOn("ignore-value");
        if (keepsValue && flags.Arguments.Count > 1)
            throw Invocation.BadArguments("put command needs only 1 argument when 'ignore-value' is set");
        string value = keepsValue ? "" : flags.Arguments.Count > 1 ? flags.Arguments[1] : LineReader.ReadToEnd(input);
        if (!keepsValue && flags.Arguments.Count == 1 && value.Length == 0)
            throw Invocation.BadArguments(WrongCount);
        if (!GoNumber.TryParseHex(flags.Text("lease"), out long lease, out string problem))
            throw Invocation.BadArguments($"bad lease ID ({problem}), expecting ID in Hex");
        return new PutRequest
        {
            Key = Bytes(flags.Arguments[0]),
            Value = Bytes(value),
            Lease = lease,
            PrevKv = flags.IsOn("prev-kv"),
            IgnoreValue = keepsValue,
            IgnoreLease = flags.IsOn("ignore-lease"),
        };
    }

    /// <param name="isRange">Two keys were given, so more may go than the user thinks.</param>
    public static DeleteRangeRequest Delete(FlagSet flags, out bool isRange)
    {
        if (flags.Arguments.Count is 0 or > 2)
            throw Invocation.BadArguments("del command needs one argument as key and an optional argument as range_end");
        RefuseBoth(flags, "prefix", "from-key");
        KeyRange range = Range(flags, out isRange);
        return new DeleteRangeRequest { Key = range.Key, RangeEnd = range.End, PrevKv = flags.IsOn("prev-kv") };
    }

    public static ByteString Bytes(string text) => UnsafeByteOperations.UnsafeWrap(GoString.Encode(text));

    private static KeyRange Range(FlagSet flags, out bool isRange)
    {
        bool isPrefix = flags.IsOn("prefix");
        bool isFromKey = flags.IsOn("from-key");
        ByteString key = Bytes(flags.Arguments[0]);
        isRange = flags.Arguments.Count > 1;
        if (isRange && (isPrefix || isFromKey))
            throw Invocation.BadArguments("too many arguments, only accept one argument when `--prefix` or `--from-key` is set");
        if (isRange)
            return KeyRange.Between(key, Bytes(flags.Arguments[1]));
        return isPrefix ? KeyRange.Prefix(key) : isFromKey ? KeyRange.From(key) : KeyRange.One(key);
    }

    private static void RefuseBoth(FlagSet flags, string one, string other)
    {
        if (flags.IsOn(one) && flags.IsOn(other))
            throw Invocation.BadArguments($"`--{one}` and `--{other}` cannot be set at the same time, choose one");
    }

    private static RangeRequest.Types.SortOrder SortOrder(string order, string target) => order.ToUpperInvariant() switch
    {
        "ASCEND" => Ascend(target),
        "DESCEND" => RangeRequest.Types.SortOrder.Descend,
        "" => RangeRequest.Types.SortOrder.None,
        _ => throw new ExitException(ExitCode.BadFeature, $"bad sort order {order}"),
    };

    // Compat: keys come ascending anyway, and Go's client spares the server that sort.
    private static RangeRequest.Types.SortOrder Ascend(string target) =>
        target.ToUpperInvariant() is "" or "KEY" ? RangeRequest.Types.SortOrder.None : RangeRequest.Types.SortOrder.Ascend;

    private static RangeRequest.Types.SortTarget SortTarget(string target) => target.ToUpperInvariant() switch
    {
        "CREATE" => RangeRequest.Types.SortTarget.Create,
        "" or "KEY" => RangeRequest.Types.SortTarget.Key,
        "MODIFY" => RangeRequest.Types.SortTarget.Mod,
        "VALUE" => RangeRequest.Types.SortTarget.Value,
        "VERSION" => RangeRequest.Types.SortTarget.Version,
        _ => throw new ExitException(ExitCode.BadFeature, $"bad sort target {target}"),
    };
}
