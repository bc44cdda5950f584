using Etcd.TestKit;
using Interop.Servers;

namespace Interop;

/// <summary>What a user gets wrong when starting the server: exit code, etcd's text, and what to do.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    [Fact]
    public void UnknownFlag_Start_ExitsWith2AndSuggestsTheRightOne()
    {
        ToolResult result = Start("--data-dri", "x");
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("flag provided but not defined: -data-dri", result.Error, StringComparison.Ordinal);
        Assert.Contains("--data-dir", result.Error.Split('\n')[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--snapshot-count", "many", "invalid value \"many\" for flag -snapshot-count")]
    [InlineData("--heartbeat-interval", "1s", "invalid value \"1s\" for flag -heartbeat-interval")]
    [InlineData("--pre-vote=perhaps", null, "invalid boolean value \"perhaps\" for flag -pre-vote")]
    [InlineData("--initial-cluster-state", "old", "invalid value \"old\" for flag -initial-cluster-state")]
    [InlineData("--name", null, "flag needs an argument: -name")]
    public void BadValue_Start_ExitsWith2(string flag, string? value, string text)
    {
        ToolResult result = Start(value is null ? [flag] : [flag, value]);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith(text, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingAdvertiseUrls_Start_ExitsWith1()
    {
        ToolResult result = Start("--data-dir", _folder.Combine("d"), "--listen-client-urls", "http://127.0.0.1:0");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("--advertise-client-urls is required when --listen-client-urls is set explicitly", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Combine("d")));
    }

    [Fact]
    public void LockedDirectory_Start_ExitsAndSaysWhoseItIs()
    {
        using EtcdProcess first = EtcdProcess.StartNew(_folder);
        using var second = new EtcdProcess(EtcdProgram.Ours, first.DataDirectory);
        Assert.NotEqual(0, second.RunToEnd());
        Assert.Contains("another etcd process uses this data directory", second.Log, StringComparison.Ordinal);
        Assert.Equal("OK\n", first.Ctl.Run("put", "still", "alive"));
    }

    [Fact]
    public void BusyPort_Start_ExitsWith1AndNamesTheAddress()
    {
        using EtcdProcess first = EtcdProcess.StartNew(_folder);
        ToolResult result = Start(
            "--data-dir", _folder.Combine("d"), "--listen-client-urls", $"http://{first.Endpoint}", "--advertise-client-urls", $"http://{first.Endpoint}");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains(first.Endpoint, result.Error, StringComparison.Ordinal);
        Assert.Contains("address already in use", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadOnlyPlace_Start_ExitsAndNamesTheDirectory()
    {
        string file = _folder.Combine("file");
        File.WriteAllText(file, "not a directory");
        ToolResult result = Start("--data-dir", file);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("cannot access data directory", result.Error, StringComparison.Ordinal);
        Assert.Contains(file, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Terminate_RunningServer_EndsInOrder()
    {
        using EtcdProcess server = EtcdProcess.StartNew(_folder);
        server.Ctl.Run("put", "k", "v");
        Assert.Equal(143, server.Stop()); // As a shell sees a Go server that SIGTERM ended.
        Assert.Contains("received signal; shutting down", server.Log, StringComparison.Ordinal);
        server.Start();
        Assert.Equal("k\nv\n", server.Ctl.Run("get", "k"));
    }

    public void Dispose() => _folder.Dispose();

    private static ToolResult Start(params string[] flags) => RealTool.Run(EtcdProgram.Ours, flags);
}
