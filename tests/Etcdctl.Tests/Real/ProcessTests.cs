using System.Diagnostics;
using Etcd.TestKit;

namespace Etcdctl.Tests.Real;

/// <summary>What only a process of its own can show: raw bytes on the command line, signals, exit codes.</summary>
public class ProcessTests(RealEtcdFixture fixture)
{
    private static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "etcdctl");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Arguments_NotUtf8_ReachTheServerUnchanged()
    {
        string endpoint = (await fixture.ServerAsync()).Endpoint;
        using Process put = Start("/bin/sh", "-c", "exec \"$0\" put process/bytes \"$(printf '\\377\\001\\303\\050')\" --endpoints \"$1\"", Program, endpoint);
        await put.WaitForExitAsync(Cancelled);
        Assert.Equal(0, put.ExitCode);

        Assert.Equal("\\xff\\x01\\xc3\\x28\n", (await Tool.RunAsync("get", "process/bytes", "--hex", "--print-value-only", "--endpoints", endpoint)).Output);
    }

    [Fact]
    public async Task Interrupt_Lock_IsReleasedAndTheExitIsClean()
    {
        RealEtcd server = await fixture.ServerAsync();
        using Process holder = Start(Program, "lock", "process/lock", "--endpoints", server.Endpoint);
        Assert.StartsWith("process/lock/", await holder.StandardOutput.ReadLineAsync(Cancelled), StringComparison.Ordinal);

        await SignalAsync(holder, "INT");

        Assert.Equal(0, holder.ExitCode);
        Assert.Empty((await Tool.RunAsync("get", "--prefix", "process/lock/", "--endpoints", server.Endpoint)).Output);
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Interrupt_Watch_KillsIt(string signal, int code)
    {
        RealEtcd server = await fixture.ServerAsync();
        await Tool.RunAsync("put", "process/watch", "1", "--endpoints", server.Endpoint);
        using Process watcher = Start(Program, "watch", "process/watch", "--rev", "1", "--endpoints", server.Endpoint);
        Assert.Equal("PUT", await watcher.StandardOutput.ReadLineAsync(Cancelled));

        await SignalAsync(watcher, signal);

        Assert.Equal(code, watcher.ExitCode);
    }

    [Fact]
    public async Task ExitCode_IsTheCommands()
    {
        using Process process = Start(Program, "get");
        await process.WaitForExitAsync(Cancelled);

        Assert.Equal(128, process.ExitCode);
        Assert.Equal("Error: get command needs one argument as key and an optional argument as range_end\n", await process.StandardError.ReadToEndAsync(Cancelled));
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private static async Task SignalAsync(Process process, string signal)
    {
        using Process kill = Process.Start("/bin/kill", [$"-{signal}", process.Id.ToString()]);
        await kill.WaitForExitAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
    }
}
