using System.ComponentModel;
using System.Diagnostics;
using Etcdctl.Text;

namespace Etcdctl.Cli;

/// <summary>Runs a command that the user named, on the same terminal.</summary>
internal static class ChildProcess
{
    /// <summary>Waits for the command's end.</summary>
    /// <returns>Null if it ended with 0, otherwise what Go says about it.</returns>
    public static async Task<string?> RunAsync(
        Terminal terminal, IReadOnlyList<string> command, IReadOnlyDictionary<string, string> variables, CancellationToken cancellationToken)
    {
        terminal.Out.Flush();
        var start = new ProcessStartInfo(command[0]) { UseShellExecute = false, RedirectStandardOutput = !terminal.IsConsole, RedirectStandardError = !terminal.IsConsole };
        foreach (string argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        foreach ((string name, string value) in variables)
            start.Environment[name] = value;
        try
        {
            using Process process = Process.Start(start)!;
            Task copying = terminal.IsConsole ? Task.CompletedTask : Task.WhenAll(
                CopyAsync(process.StandardOutput.BaseStream, terminal.Out), CopyAsync(process.StandardError.BaseStream, terminal.Error));
            await process.WaitForExitAsync(cancellationToken);
            await copying;
            return process.ExitCode switch
            {
                0 => null,
                // .NET reports death by a signal as 128 + its number.
                > 128 => $"signal: {process.ExitCode - 128}",
                _ => $"exit status {process.ExitCode}",
            };
        }
        catch (Win32Exception problem)
        {
            return command[0].Contains('/')
                ? $"fork/exec {command[0]}: {problem.Message.ToLowerInvariant()}"
                : $"exec: {GoString.Quote(command[0])}: executable file not found in $PATH";
        }
    }

    private static async Task CopyAsync(Stream from, ByteWriter to)
    {
        byte[] buffer = new byte[4096];
        int read;
        while ((read = await from.ReadAsync(buffer)) > 0)
            to.Write(buffer.AsSpan(0, read));
    }
}
