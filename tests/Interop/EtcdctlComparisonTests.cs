using System.Text.RegularExpressions;
using Etcd.TestKit;
using Interop.Servers;

namespace Interop;

/// <summary>Debian's etcdctl does the same work against both servers: what it prints and how it ends must be equal.</summary>
public sealed partial class EtcdctlComparisonTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public static TheoryData<string> Scripts =>
    [
        "put and get",
        "get with history",
        "sorting",
        "delete",
        "transactions",
        "compaction",
        "refusals",
        "json and fields",
        "binary and large",
    ];

    private static Dictionary<string, string[]> Lines { get; } = new(StringComparer.Ordinal)
    {
        ["put and get"] =
        [
            "put a 1", "put b 2", "put ba 3", "put c 4", "get a", "get b --prefix", "get a c", "get --prefix= --keys-only", "get --from-key b",
            "get a --print-value-only", "get missing", "put a 5 --prev-kv", "get a -w fields", "get b --prefix --limit 1", "get --prefix= --count-only -w fields",
            "put a --ignore-value --prev-kv", "get a -w json", "get c a", "get --prefix= --consistency s",
        ],
        ["get with history"] =
        [
            "put a 1", "put a 2", "put b 1", "del a", "put a 3", "get a --rev 2", "get a --rev 3", "get a --rev 5", "get a --rev 6", "get --prefix= --rev 4",
            "get a --rev 99", "get a -w fields",
        ],
        ["sorting"] =
        [
            "put c 1", "put a 3", "put b 2", "put a 3", "get --prefix= --order ASCEND", "get --prefix= --order DESCEND",
            "get --prefix= --sort-by VALUE --order ASCEND", "get --prefix= --sort-by VALUE", "get --prefix= --sort-by CREATE --order DESCEND --limit 2",
            "get --prefix= --sort-by MODIFY --order ASCEND --keys-only", "get --prefix= --sort-by VERSION --order DESCEND --limit 1", "get --prefix= --sort-by KEY",
        ],
        ["delete"] =
        [
            "put a 1", "put aa 2", "put b 3", "put c 4", "del missing", "del a --prev-kv", "del a --prefix --prev-kv", "del b d", "put x 1", "put y 1", "del --from-key x",
            "get --prefix=", "get --prefix= -w fields",
        ],
        ["transactions"] =
        [
            "put a 1",
            """txn < value("a") = "1"\n\nput a 2\nput b 1\nget a\n\nput failed yes\n\n""",
            """txn < value("a") = "1"\n\nput a 3\n\nget a\nget b\n\n""",
            """txn < mod("a") > "0"\ncreate("nothing") = "0"\n\ndel a\nget --prefix ""\n\nget a\n\n""",
            """txn < version("b") < "5"\n\nput b 2\nput c 2\ndel c --prev-kv\n\n\n""",
            """txn < \n\nput d 1\nget d\n\n\n""",
            """txn < \n\nput d 1\nput d 2\n\n\n""",
            "get --prefix= -w fields",
        ],
        ["compaction"] =
        [
            "put a 1", "put a 2", "put b 1", "del b", "put a 3", "compaction 4", "get a --rev 3", "get a --rev 4", "compaction 4", "compaction 99", "get --prefix= -w fields",
            "compaction 6 --physical", "get a", "watch a --rev 2",
        ],
        ["refusals"] =
        [
            "put", "get", "put a 1 --lease 123456", "lease revoke 123456", "lease timetolive 123456", "compaction 0", "compaction x", "get a --order UP",
            "put  --ignore-value", "put a --ignore-value", "user get nobody", "role get nothing", "role grant-permission nothing read a", "user delete nobody",
            "auth enable", "auth disable", "member remove 1234", "move-leader 1234", "alarm disarm", "put nokey 1 --ignore-lease",
        ],
        ["json and fields"] =
        [
            "put k v -w json", "get k -w json", "put k w --prev-kv -w json", "get k nothing -w json", "del k --prev-kv -w json", "get k -w json", "get --prefix= -w table",
            "put k v -w fields", "del k --prev-kv -w fields", "lease list", "alarm list", "role list", "user list",
        ],
        ["binary and large"] =
        [
            @"put bin \x01\x02", "put ünï ✓", "get ünï", "get ünï --hex", "put empty ", "get empty", "get --prefix= --hex", "put long " + new string('x', 100_000), "get long",
        ],
    };

    [Theory]
    [MemberData(nameof(Scripts))]
    public void Commands_OutputsAndExitCodes_EqualThoseOfDebianEtcd(string script)
    {
        using EtcdProcess debian = EtcdProcess.StartNew(_folder, EtcdProgram.Debian());
        using EtcdProcess ours = EtcdProcess.StartNew(_folder);
        foreach (string line in Lines[script])
            Assert.Equal(Transcript(debian, line), Transcript(ours, line));
    }

    public void Dispose() => _folder.Dispose();

    private static string Transcript(EtcdProcess server, string line)
    {
        string[] parts = line.Split(" < ", 2);
        string input = parts.Length > 1 ? parts[1].Replace(@"\n", "\n", StringComparison.Ordinal) : "";
        ToolResult result = server.Ctl.TryWithInput(input, parts[0].Split(' '));
        return $"{line}\nexit code {result.ExitCode}\n{Anonymous(result.Output)}\n{Anonymous(result.Error)}";
    }

    /// <summary>Without what differs between any two servers: ids, ports, and the time in a log line.</summary>
    private static string Anonymous(string text) => Identity().Replace(text, "$1…");

    [GeneratedRegex("""("?(?:cluster_id|member_id|raft_term|ClusterID|MemberID|RaftTerm|endpoint|ts|caller|target)"? ?: ?"?)[^",}\n]*""")]
    private static partial Regex Identity();
}
