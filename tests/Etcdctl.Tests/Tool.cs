using Etcdctl.Cli;
using Etcdctl.Text;

namespace Etcdctl.Tests;

/// <summary>Runs etcdctl inside the test process.</summary>
internal static class Tool
{
    public static Task<ToolResult> RunAsync(params string[] arguments) => RunAsync(new ToolInput(), arguments);

    public static async Task<ToolResult> RunAsync(ToolInput input, params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var terminal = new Terminal(input.Stream ?? new MemoryStream(GoString.Encode(input.Text)), new ByteWriter(output), new ByteWriter(error), input.Environment);
        int code = await Program.RunAsync(arguments, terminal, input.Interrupted);
        return new ToolResult(code, GoString.Decode(output.ToArray()), GoString.Decode(error.ToArray()));
    }
}

internal sealed record ToolInput(string Text = "")
{
    public Stream? Stream { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public CancellationToken Interrupted { get; init; } = TestContext.Current.CancellationToken;
}

/// <param name="Output">Bytes that are no UTF-8 are carried as <see cref="GoString"/> says.</param>
internal sealed record ToolResult(int Code, string Output, string Error)
{
    /// <summary>Standard error without log lines.</summary>
    public string Complaint => string.Concat(Error.Split('\n').Where(line => line.Length > 0 && !line.StartsWith("{\"level\"", StringComparison.Ordinal)).Select(line => line + "\n"));
}
