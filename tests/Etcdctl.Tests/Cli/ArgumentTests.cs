namespace Etcdctl.Tests.Cli;

/// <summary>Complaints that are made before any server is asked. The texts and codes are real etcdctl's.</summary>
public class ArgumentTests
{
    [Theory]
    [InlineData("put", 128, "put command needs 1 argument and input from stdin or 2 arguments")]
    [InlineData("put a", 128, "put command needs 1 argument and input from stdin or 2 arguments")]
    [InlineData("put a b --lease zz", 128, "bad lease ID (strconv.ParseInt: parsing \"zz\": invalid syntax), expecting ID in Hex")]
    [InlineData("put a b --ignore-value", 128, "put command needs only 1 argument when 'ignore-value' is set")]
    [InlineData("get", 128, "get command needs one argument as key and an optional argument as range_end")]
    [InlineData("get a b --prefix", 128, "too many arguments, only accept one argument when `--prefix` or `--from-key` is set")]
    [InlineData("get a --prefix --from-key", 128, "`--prefix` and `--from-key` cannot be set at the same time, choose one")]
    [InlineData("get a --keys-only --count-only", 128, "`--keys-only` and `--count-only` cannot be set at the same time, choose one")]
    [InlineData("get a --order=x", 4, "bad sort order x")]
    [InlineData("get a --sort-by=x", 4, "bad sort target x")]
    [InlineData("get a --consistency=x", 4, "unknown consistency flag \"x\"")]
    [InlineData("get a -w foo", 4, "unsupported output format")]
    [InlineData("del", 128, "del command needs one argument as key and an optional argument as range_end")]
    [InlineData("del a b c", 128, "del command needs one argument as key and an optional argument as range_end")]
    [InlineData("del a --prefix --from-key", 128, "`--prefix` and `--from-key` cannot be set at the same time, choose one")]
    [InlineData("txn x", 128, "txn command does not accept argument")]
    [InlineData("txn", 3, "EOF")]
    [InlineData("watch", 128, "bad number of arguments")]
    [InlineData("watch --", 128, "bad number of arguments (found separator --, but no commands)")]
    [InlineData("watch a b --prefix", 128, "`range_end` and `--prefix` are mutually exclusive")]
    [InlineData("lease grant", 128, "lease grant command needs TTL argument")]
    [InlineData("lease grant x", 128, "bad TTL (strconv.ParseInt: parsing \"x\": invalid syntax)")]
    [InlineData("lease revoke", 128, "lease revoke command needs 1 argument")]
    [InlineData("lease revoke zz", 128, "bad lease ID arg (strconv.ParseInt: parsing \"zz\": invalid syntax), expecting ID in Hex")]
    [InlineData("lease timetolive", 128, "lease timetolive command needs lease ID as argument")]
    [InlineData("lease keep-alive", 128, "lease keep-alive command needs lease ID as argument")]
    [InlineData("member add", 128, "member name not provided")]
    [InlineData("member add x", 128, "member peer urls not provided")]
    [InlineData("member add x y http://b", 128, "too many arguments, did you mean --peer-urls=http://b")]
    [InlineData("member add x --peer-urls=foo", 1, "URL scheme must be http, https, unix, or unixs: foo")]
    [InlineData("member remove", 128, "member ID is not provided")]
    [InlineData("member remove zz", 128, "bad member ID arg (strconv.ParseUint: parsing \"zz\": invalid syntax), expecting ID in Hex")]
    [InlineData("member update 12", 128, "member peer urls not provided")]
    [InlineData("move-leader", 128, "move-leader command needs 1 argument")]
    [InlineData("move-leader zz", 128, "strconv.ParseUint: parsing \"zz\": invalid syntax")]
    [InlineData("compaction", 128, "compaction command needs 1 argument")]
    [InlineData("compaction x", 1, "strconv.ParseInt: parsing \"x\": invalid syntax")]
    [InlineData("alarm list x", 128, "alarm list command accepts no arguments")]
    [InlineData("downgrade enable", 128, "TARGET_VERSION not provided")]
    [InlineData("snapshot save", 128, "snapshot save expects one argument")]
    [InlineData("snapshot restore x", 128, "`etcdctl snapshot restore` is gone since etcd 3.6, use `etcdutl snapshot restore` instead")]
    [InlineData("auth enable x", 128, "auth enable command does not accept any arguments")]
    [InlineData("user add", 128, "user add command requires user name as its argument")]
    [InlineData("user add :x", 128, "empty user name is not allowed")]
    [InlineData("user add x", 128, "empty password")]
    [InlineData("user grant-role u", 128, "user grant command requires user name and role name as its argument")]
    [InlineData("user list x", 128, "user list command requires no arguments")]
    [InlineData("role grant-permission r", 128, "role grant command requires role name, permission type, and key [endkey] as its argument")]
    [InlineData("role grant-permission r foo a", 128, "invalid permission type: foo")]
    [InlineData("role grant-permission r read a b --prefix", 128, "unexpected endkey argument with --prefix flag")]
    [InlineData("role revoke-permission r", 128, "role revoke-permission command requires role name and key [endkey] as its argument")]
    [InlineData("lock", 128, "lock takes a lock name argument and an optional command to execute")]
    [InlineData("elect", 128, "elect takes one election name argument and an optional proposal argument")]
    [InlineData("elect a", 128, "no proposal argument but -l not set")]
    [InlineData("elect -l a b", 128, "proposal given but -l is set")]
    [InlineData("check perf --load=z", 4, "unknown load option z")]
    [InlineData("make-mirror", 128, "make-mirror takes one destination argument")]
    [InlineData("make-mirror x --dest-prefix p --no-dest-prefix", 128, "`--dest-prefix` and `--no-dest-prefix` cannot be set at the same time, choose one")]
    [InlineData("--cert x get a", 128, "KeyFile and CertFile must both be present[key: , cert: x]")]
    [InlineData("--cert /nosuch --key y get a", 128, "open /nosuch: no such file or directory")]
    [InlineData("--cacert /nosuch get a", 128, "open /nosuch: no such file or directory")]
    [InlineData("--cert= get a", 128, "empty string is passed to --cert option")]
    public async Task Run_BadArguments_ExitsWithCodeAndText(string line, int code, string complaint)
    {
        ToolResult result = await Tool.RunAsync(line.Split(' '));

        Assert.Equal($"Error: {complaint}\n", result.Complaint);
        Assert.Equal(code, result.Code);
    }

    [Fact]
    public async Task UserAdd_PasswordsDiffer_Refuses()
    {
        ToolResult result = await Tool.RunAsync(new ToolInput("one\ntwo\n"), "user", "add", "x");

        Assert.Equal("Password of x: \nType password of x again for confirmation: \n", result.Output);
        Assert.Equal("Error: given passwords are different\n", result.Error);
        Assert.Equal(128, result.Code);
    }
}
