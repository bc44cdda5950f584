using System.Diagnostics;
using System.Text;

namespace Etcd.TestKit;

/// <summary>Programs of other makers that tests compare ours with.</summary>
public static class RealTool
{
    // xunit takes an exception whose message begins so for a skipped test; TestKit itself does not depend on xunit.
    private const string SkipToken = "$XunitDynamicSkip$";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>The path of a program. A test that needs one that is missing is skipped; where <c>CI=true</c>, it fails.</summary>
    /// <param name="name">The program.</param>
    /// <param name="package">The Debian package that has it.</param>
    public static string Require(string name, string package)
    {
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path))
                return path;
        }
        string message = $"{name} is not installed (Debian package {package})";
        throw new InvalidOperationException(Environment.GetEnvironmentVariable("CI") == "true" ? message : SkipToken + message);
    }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Each as it is, no shell.</param>
    /// <param name="input">Standard input.</param>
    /// <param name="directory">Working directory; null for the test's own.</param>
    /// <param name="environment">Added to the test's own.</param>
    /// <exception cref="TimeoutException">It ran for more than a minute and was killed.</exception>
    public static ToolResult Run(
        string path,
        IEnumerable<string> arguments,
        string input = "",
        string? directory = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            WorkingDirectory = directory ?? "",
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading its input, which is its right.
        }
        if (!process.WaitForExit(s_limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{path} {string.Join(' ', start.ArgumentList)} did not end");
        }
        return new ToolResult(process.ExitCode, output.Result, error.Result);
    }
}

/// <summary>How a program ended and what it said.</summary>
public sealed record ToolResult(int ExitCode, string Output, string Error)
{
    /// <summary>This result, if the program succeeded.</summary>
    /// <exception cref="InvalidOperationException">It did not; the message has what it said.</exception>
    public ToolResult Succeeded() =>
        ExitCode == 0 ? this : throw new InvalidOperationException($"exit code {ExitCode}\n{Error}\n{Output}");
}
