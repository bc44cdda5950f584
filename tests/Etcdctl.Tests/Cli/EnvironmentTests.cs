namespace Etcdctl.Tests.Cli;

public class EnvironmentTests
{
    private const string Dead = "127.0.0.1:1";

    [Fact]
    public async Task Variable_StandsInForTheFlag()
    {
        ToolResult result = await RunAsync(["get", "a"], ("ETCDCTL_ENDPOINTS", Dead), ("ETCDCTL_COMMAND_TIMEOUT", "100ms"));

        Assert.Equal("Error: context deadline exceeded\n", result.Complaint);
        Assert.Equal(1, result.Code);
    }

    [Fact]
    public async Task Variable_AndFlag_AreAConflict()
    {
        ToolResult result = await RunAsync(["get", "a", "--endpoints", Dead], ("ETCDCTL_ENDPOINTS", Dead));

        Assert.Equal(1, result.Code);
        Assert.StartsWith("{\"level\":\"fatal\",", result.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "\"msg\":\"conflicting environment variable is shadowed by corresponding command-line flag (either unset environment variable or disable flag))\",\"environment-variable\":\"ETCDCTL_ENDPOINTS\"}\n",
            result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variable_NobodyKnows_IsWarnedAbout()
    {
        ToolResult result = await RunAsync(["get", "a", "--endpoints", Dead, "--command-timeout", "50ms"], ("ETCDCTL_FOO", "1"), ("ETCDCTL_API", "3"));

        Assert.Contains("\"msg\":\"unrecognized environment variable\",\"environment-variable\":\"ETCDCTL_FOO=1\"", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("ETCDCTL_API", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Debug_ListsTheVariablesInForce()
    {
        ToolResult result = await RunAsync(["get", "a", "--endpoints", Dead, "--command-timeout", "50ms", "--debug"], ("ETCDCTL_HEX", "true"));

        Assert.Contains("ETCDCTL_ENDPOINTS=[127.0.0.1:1]\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("ETCDCTL_HEX=true\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WatchKey_AndArgument_AreAConflict()
    {
        ToolResult result = await RunAsync(["watch", "a"], ("ETCDCTL_WATCH_KEY", "b"));

        Assert.Equal("Error: bad number of arguments (found conflicting environment key)\n", result.Error);
        Assert.Equal(128, result.Code);
    }

    private static Task<ToolResult> RunAsync(string[] arguments, params (string Name, string Value)[] variables) =>
        Tool.RunAsync(new ToolInput { Environment = variables.ToDictionary(variable => variable.Name, variable => variable.Value) }, arguments);
}
