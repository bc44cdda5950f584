using System.Collections;
using System.Runtime.InteropServices;
using Etcd.Foundation.Logging;
using Etcd.Hosting;
using Etcd.Hosting.Configuration;
using Etcd.Server;
using Etcd.Server.Boot;

namespace Etcd.App;

/// <summary>The server program: settings in, exit code out.</summary>
internal static class Program
{
    private const int Refused = 1;

    private static async Task<int> Main(string[] arguments)
    {
        ParsedCommandLine parsed = CommandLine.Parse(arguments, EnvironmentVariables());
        if (parsed.ShowHelp)
            return Print(Console.Out, HelpText.Print(), 0);
        if (parsed.ShowVersion)
            return Print(Console.Out, VersionText(), 0);
        if (parsed is { Failure: { } failure, ExitCode: > Refused })
            return Print(Console.Error, failure + "\n" + HelpText.Print(), parsed.ExitCode);
        Logger log;
        try
        {
            log = LogSetup.Open(parsed.Options);
        }
        catch (IOException exception)
        {
            return Print(Console.Error, $"etcd: a log output cannot be opened: {exception.Message}\n", Refused);
        }
        foreach (string notice in parsed.Notices)
            log.Info(notice);
        if (parsed.Failure is { } refusal)
        {
            log.Fatal(refusal);
            return parsed.ExitCode;
        }
        return await RunAsync(parsed.Options, log);
    }

    private static async Task<int> RunAsync(ServerOptions options, Logger log)
    {
        var signalled = new TaskCompletionSource<PosixSignal>(TaskCreationOptions.RunContinuationsAsynchronously);
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true; // We stop in order first.
            signalled.TrySetResult(context.Signal);
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        try
        {
            EtcdServer server = await EtcdServer.StartAsync(options, log, CancellationToken.None);
            await Task.WhenAny(signalled.Task, server.Stopped);
            if (signalled.Task.IsCompleted)
                log.Info("received signal; shutting down", ("signal", signalled.Task.Result == PosixSignal.SIGINT ? "interrupt" : "terminated"));
            Exception? broke = server.Stopped.IsCompleted ? await server.Stopped : null;
            await server.DisposeAsync();
            return broke is not null ? 2 : ExitCodeOf(await signalled.Task);
        }
        catch (BootException exception)
        {
            log.Fatal("discovery failed", ("error", exception.Message), ("cure", exception.Cure));
            return exception.ExitCode;
        }
        catch (IOException exception)
        {
            log.Fatal("listening failed", ("error", exception.Message), ("cure", "stop what uses the address, or choose another with --listen-client-urls"));
            return Refused;
        }
    }

    /// <summary>Compat: the Go server ends by the signal itself, so a shell sees 128 + its number; as process 1 it exits 0.</summary>
    private static int ExitCodeOf(PosixSignal signal)
    {
        if (Environment.ProcessId == 1)
            return 0;
        return signal == PosixSignal.SIGINT ? 130 : 143;
    }

    private static Dictionary<string, string> EnvironmentVariables()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        return variables;
    }

    private static string VersionText() =>
        $"""
        etcd Version: {MemberOptions.ServerVersion}
        Git SHA: Not provided
        Go Version: none, .NET {Environment.Version}
        Go OS/Arch: {(OperatingSystem.IsLinux() ? "linux" : OperatingSystem.IsMacOS() ? "darwin" : "windows")}/{RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => "amd64", Architecture.Arm64 => "arm64", var other => other.ToString() }}

        """;

    private static int Print(TextWriter output, string text, int exitCode)
    {
        output.Write(text);
        return exitCode;
    }
}
