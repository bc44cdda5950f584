namespace Etcdctl.Tests.Cli;

/// <summary>What cobra and pflag do at the edges; the texts were taken from real etcdctl.</summary>
public class CommandLineTests
{
    [Theory]
    [InlineData("get --limit", "flag needs an argument: --limit")]
    [InlineData("get -w", "flag needs an argument: 'w' in -w")]
    [InlineData("get -x", "unknown shorthand flag: 'x' in -x")]
    [InlineData("get --foo a", "unknown flag: --foo")]
    [InlineData("get ---x", "bad flag syntax: ---x")]
    [InlineData("get --=x", "bad flag syntax: --=x")]
    [InlineData("get a --limit=x", "invalid argument \"x\" for \"--limit\" flag: strconv.ParseInt: parsing \"x\": invalid syntax")]
    [InlineData("get a --limit=99999999999999999999", "invalid argument \"99999999999999999999\" for \"--limit\" flag: strconv.ParseInt: parsing \"99999999999999999999\": value out of range")]
    [InlineData("get a --prefix=x", "invalid argument \"x\" for \"--prefix\" flag: strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("get a --dial-timeout=5", "invalid argument \"5\" for \"--dial-timeout\" flag: time: missing unit in duration \"5\"")]
    [InlineData("get a --dial-timeout=x", "invalid argument \"x\" for \"--dial-timeout\" flag: time: invalid duration \"x\"")]
    [InlineData("get a --dial-timeout=5x", "invalid argument \"5x\" for \"--dial-timeout\" flag: time: unknown unit \"x\" in duration \"5x\"")]
    [InlineData("completion", "accepts 1 arg(s), received 0")]
    public async Task Run_BadFlag_ComplainsAndShowsTheUsage(string line, string complaint)
    {
        ToolResult result = await Tool.RunAsync(line.Split(' '));

        Assert.Equal(1, result.Code);
        Assert.Empty(result.Output);
        Assert.StartsWith($"Error: {complaint}\nUsage:\n  etcdctl ", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("\n\n", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("foo", "Error: unknown command \"foo\" for \"etcdctl\"\nRun 'etcdctl --help' for usage.\n")]
    [InlineData("gett", "Error: unknown command \"gett\" for \"etcdctl\"\n\nDid you mean this?\n\tget\n\nRun 'etcdctl --help' for usage.\n")]
    [InlineData("--endpoints x:1 foo", "Error: unknown command \"foo\" for \"etcdctl\"\nRun 'etcdctl --help' for usage.\n")]
    public async Task Run_UnknownCommand_ComplainsWithoutUsage(string line, string error)
    {
        ToolResult result = await Tool.RunAsync(line.Split(' '));

        Assert.Equal((1, "", error), (result.Code, result.Output, result.Error));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public async Task Run_NothingOrHelp_ShowsGroupsOnStandardOutput(string line)
    {
        ToolResult result = await Tool.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.StartsWith("A simple command line client for etcd3.\n\nUsage:\n  etcdctl [command]\n\nKey-value commands\n  compaction  Compacts", result.Output, StringComparison.Ordinal);
        Assert.Contains("\n\nConcurrency commands\n  elect       Observes and participates in leader election\n  lock        Acquires a named lock\n\n", result.Output, StringComparison.Ordinal);
        Assert.EndsWith(
            "\n\nUse \"etcdctl [command] --help\" for more information about a command.\n"
            + "Use \"etcdctl options\" for a list of global command-line options (applies to all commands).\n", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("__complete", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_OfACommand_ListsItsOwnFlags()
    {
        const string Expected = """
            Removes the specified key or range of keys [key, range_end)

            Usage:
              etcdctl del [options] <key> [range_end] [flags]

            Flags:
                  --from-key   delete keys that are greater than or equal to the given key using byte compare
              -h, --help       help for del
                  --prefix     delete keys with matching prefix
                  --prev-kv    return deleted key-value pairs
                  --range      delete range of keys without delay
            Use "etcdctl options" for a list of global command-line options (applies to all commands).

            """;

        Assert.Equal(Expected, (await Tool.RunAsync("del", "--help")).Output);
        Assert.Equal(Expected, (await Tool.RunAsync("help", "del")).Output);
        // -h wins over whatever else is wrong behind it.
        Assert.Equal(Expected, (await Tool.RunAsync("--hex", "del", "-h", "a", "b", "c")).Output);
    }

    [Fact]
    public async Task Run_HolderOfCommands_ShowsItsHelp()
    {
        ToolResult result = await Tool.RunAsync("user", "nonsense");

        Assert.Equal(0, result.Code);
        Assert.StartsWith("User related commands\n\nUsage:\n  etcdctl user [command]\n\nAvailable Commands:\n  add         Adds a new user\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_ListsGlobalFlags()
    {
        string output = (await Tool.RunAsync("options")).Output;

        Assert.StartsWith("The following options can be passed to any command:\n\n      --auth-jwt-token string        JWT token", output, StringComparison.Ordinal);
        Assert.Contains("\n      --endpoints strings            gRPC endpoints (default [127.0.0.1:2379])\n", output, StringComparison.Ordinal);
        Assert.Contains("\n      --command-timeout duration     timeout for short running command (excluding dial timeout) (default 5s)\n", output, StringComparison.Ordinal);
        Assert.Contains("\n  -w, --write-out string             set the output format (fields, json, protobuf, simple, table) (default \"simple\")\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_IsTheProducts() => Assert.Equal("etcdctl version: 3.7.1\nAPI version: 3.7\n", (await Tool.RunAsync("version")).Output);

    [Theory]
    [InlineData("ver")]
    [InlineData("vers --hex")]
    [InlineData("--hex=false -wjson ver")]
    [InlineData("--endpoints a,b -w json version --")]
    public async Task Run_BeginningOfOneName_IsThatCommand(string line) =>
        Assert.StartsWith("etcdctl version", (await Tool.RunAsync(line.Split(' '))).Output, StringComparison.Ordinal);

    [Fact]
    public async Task Run_BeginningOfTwoNames_IsNone() =>
        Assert.StartsWith("Error: unknown command \"comp\"", (await Tool.RunAsync("comp")).Error, StringComparison.Ordinal);

    [Theory]
    [InlineData("bash", "complete -o default -F")]
    [InlineData("zsh", "#compdef etcdctl")]
    [InlineData("fish", "complete -c etcdctl")]
    [InlineData("powershell", "Register-ArgumentCompleter")]
    public async Task Completion_EachShell_HasAScript(string shell, string line) =>
        Assert.Contains(line, (await Tool.RunAsync("completion", shell)).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "alarm\nauth\ncheck\ncompaction\ncompletion\ndefrag\ndel\ndowngrade\nelect\nendpoint\nget\nhelp\nlease\nlock\nmake-mirror\nmember\nmove-leader\noptions\npki\nput\nrole\nsnapshot\ntxn\nuser\nversion\nwatch\n")]
    [InlineData("user|gr", "grant-role\n")]
    [InlineData("get|--min", "--min-create-rev\n--min-mod-rev\n")]
    [InlineData("get|-w|", "fields\njson\nprotobuf\nsimple\ntable\n")]
    [InlineData("snapshot|", "save\n")]
    public async Task Complete_OffersWhatMayComeNext(string words, string candidates) =>
        Assert.Equal(candidates, (await Tool.RunAsync(["__complete", "--", .. words.Split('|')])).Output);
}
