using System.Collections;
using System.Runtime.InteropServices;
using Etcd.Client;
using Etcdctl.Cli;
using Etcdctl.Commands;
using Etcdctl.Text;

namespace Etcdctl;

/// <summary>The command line client of etcd's v3 API.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        using var interruption = new Interruption();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = interruption.Raise());
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => context.Cancel = interruption.Raise());
        var terminal = new Terminal(
            Console.OpenStandardInput(), new ByteWriter(Console.OpenStandardOutput()), new ByteWriter(Console.OpenStandardError()), ReadEnvironment())
        {
            IsConsole = true,
        };
        return await RunAsync(RawArguments.Restore(arguments), terminal, interruption);
    }

    /// <summary>Runs one command line; the part of <see cref="Main"/> that tests can call.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, Terminal terminal, Interruption interruption)
    {
        try
        {
            return await CommandLine.RunAsync(RootCommand.Create(), arguments, terminal, interruption);
        }
        catch (EtcdClientException refused)
        {
            terminal.Out.Flush();
            terminal.Error.Write($"Error: {refused.Message}\n");
            return ExitCode.Error;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            return ExitCode.Error;
        }
        finally
        {
            terminal.Out.Flush();
            terminal.Error.Flush();
        }
    }

    private static Dictionary<string, string> ReadEnvironment()
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            variables[(string)variable.Key] = (string?)variable.Value ?? "";
        return variables;
    }
}
