using Etcd.Protocol.Rpc;
using Etcdctl.Cli;
using Etcdctl.Text;

namespace Etcdctl.Commands;

/// <summary>Reads the lines of a transaction: <c>mod("key") &gt; "5"</c>, <c>put key value</c>, …</summary>
internal static class TxnParser
{
    public static Compare ParseCompare(string line)
    {
        int parenthesis = line.IndexOf('(', StringComparison.Ordinal);
        if (parenthesis < 0)
            throw Invalid($"malformed comparison: {line}");
        string target = line[..parenthesis];
        (string key, string op, string value) = ParseRest(line, target, line[(parenthesis + 1)..]);
        var compare = new Compare { Key = KvRequests.Bytes(key), Result = ParseOperator(line, op) };
        switch (target)
        {
            case "ver" or "version":
                compare.Target = Compare.Types.CompareTarget.Version;
                compare.Version = Number(line, value);
                break;
            case "c" or "create":
                compare.Target = Compare.Types.CompareTarget.Create;
                compare.CreateRevision = Number(line, value);
                break;
            case "m" or "mod":
                compare.Target = Compare.Types.CompareTarget.Mod;
                compare.ModRevision = Number(line, value);
                break;
            case "val" or "value":
                compare.Target = Compare.Types.CompareTarget.Value;
                compare.Value = KvRequests.Bytes(value);
                break;
            case "lease":
                compare.Target = Compare.Types.CompareTarget.Lease;
                compare.Lease = LeaseNumber(line, value);
                break;
            default:
                throw Invalid($"malformed comparison: {line} (unknown target {target})");
        }
        return compare;
    }

    public static RequestOp ParseOperation(string line)
    {
        List<string> words = WordSplitter.Split(line);
        if (words.Count < 2)
            throw Invalid($"invalid txn compare request: {line}");
        var root = new Command { Use = "txn", Short = "" };
        Command get = KvRequests.AddGetFlags(new Command { Use = "get", Short = "" });
        Command put = KvRequests.AddPutFlags(new Command { Use = "put", Short = "" });
        Command delete = KvRequests.AddDeleteFlags(new Command { Use = "del", Short = "" });
        root.Add(get, put, delete);
        (Command command, List<string> rest) = CommandLine.Find(root, words);
        try
        {
            FlagSet flags = command.AllFlags();
            flags.Parse(rest);
            if (command == get)
                return new RequestOp { RequestRange = KvRequests.Get(flags) };
            if (command == put)
                return new RequestOp { RequestPut = KvRequests.Put(flags, Stream.Null) };
            if (command == delete)
                return new RequestOp { RequestDeleteRange = KvRequests.Delete(flags, out _) };
        }
        catch (Exception problem) when (problem is UsageException or HelpRequestedException)
        {
            // Falls through to the complaint about the whole line.
        }
        throw Invalid($"invalid txn request: {line}");
    }

    private static (string Key, string Op, string Value) ParseRest(string line, string target, string rest)
    {
        string op = "";
        string value = "";
        bool hasKey = GoString.TryUnquote(rest, out string key, out int used);
        if (hasKey && rest.AsSpan(used).StartsWith(")"))
        {
            ReadOnlySpan<char> behind = rest.AsSpan(used + 1).TrimStart(' ');
            int space = behind.IndexOf(' ');
            op = (space < 0 ? behind : behind[..space]).ToString();
            if (space >= 0 && GoString.TryUnquote(behind[space..].TrimStart(' '), out value, out _))
                return (key, op, value);
        }
        throw Invalid($"malformed comparison: {line}; got {target}({GoString.Quote(key)}) {op} {GoString.Quote(value)}");
    }

    private static Compare.Types.CompareResult ParseOperator(string line, string op) => op switch
    {
        "=" => Compare.Types.CompareResult.Equal,
        "!=" => Compare.Types.CompareResult.NotEqual,
        ">" => Compare.Types.CompareResult.Greater,
        "<" => Compare.Types.CompareResult.Less,
        // Go's tool crashes here.
        _ => throw Invalid($"malformed comparison: {line} (unknown operator {op})"),
    };

    private static long Number(string line, string value) => GoNumber.ParseProblem(value, autoBase: false) is null
        ? GoNumber.Parse(value, autoBase: false)
        : throw Invalid($"invalid txn compare request: {line}");

    private static long LeaseNumber(string line, string value) => GoNumber.TryParseHex(value, out long lease, out _)
        ? lease
        : throw Invalid($"invalid txn compare request: {line}");

    private static ExitException Invalid(string message) => new(ExitCode.InvalidInput, message);
}
