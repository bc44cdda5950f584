using Etcdctl.Cli;
using Etcdctl.Text;

namespace Etcdctl.Tests;

/// <summary>Runs etcdctl inside the test process.</summary>
internal static class Tool
{
    public static Task<ToolResult> RunAsync(params string[] arguments) => RunAsync(new ToolInput(), arguments);

    public static Task<ToolResult> RunAsync(ToolInput input, params string[] arguments) => Start(input, arguments).Result;

    public static RunningTool Start(params string[] arguments) => Start(new ToolInput(), arguments);

    public static RunningTool Start(ToolInput input, params string[] arguments) => new(input, arguments);
}

/// <param name="Text">Standard input.</param>
internal sealed record ToolInput(string Text = "")
{
    /// <summary>Standard input that comes bit by bit.</summary>
    public Stream? Stream { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <param name="Output">Bytes that are no UTF-8 are carried as <see cref="GoString"/> says.</param>
internal sealed record ToolResult(int Code, string Output, string Error)
{
    /// <summary>Standard error without log lines.</summary>
    public string Complaint => string.Concat(Error.Split('\n').Where(line => line.Length > 0 && !line.StartsWith("{\"level\"", StringComparison.Ordinal)).Select(line => line + "\n"));
}

/// <summary>A run that a test can look at and interrupt.</summary>
internal sealed class RunningTool
{
    private readonly CapturedStream _output = new();
    private readonly CapturedStream _error = new();
    private readonly Interruption _interruption = new();

    public RunningTool(ToolInput input, string[] arguments)
    {
        var terminal = new Terminal(
            input.Stream ?? new MemoryStream(GoString.Encode(input.Text)), new ByteWriter(_output), new ByteWriter(_error), input.Environment);
        Result = RunAsync(arguments, terminal);
    }

    public Task<ToolResult> Result { get; }

    /// <summary>Waits until standard output begins with that text.</summary>
    public Task OutputAsync(string text) => UntilAsync(_output, text);

    /// <summary>Waits until standard error begins with that text.</summary>
    public Task ErrorAsync(string text) => UntilAsync(_error, text);

    /// <summary>Presses Ctrl-C and waits for the end.</summary>
    public async Task<ToolResult> InterruptAsync()
    {
        Assert.True(_interruption.Raise(), "the command does not listen to interruptions");
        return await Result;
    }

    private async Task<ToolResult> RunAsync(string[] arguments, Terminal terminal)
    {
        await Task.Yield();
        int code = await Program.RunAsync(arguments, terminal, _interruption);
        return new ToolResult(code, _output.Text, _error.Text);
    }

    private async Task UntilAsync(CapturedStream stream, string text)
    {
        while (!stream.Text.Contains(text, StringComparison.Ordinal))
        {
            if (Result.IsCompleted)
                Assert.Fail($"ended without \"{text}\": {await Result}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Collects what is written, readable at any time.</summary>
    private sealed class CapturedStream : MemoryStream
    {
        private readonly Lock _lock = new();

        public string Text
        {
            get
            {
                lock (_lock)
                    return GoString.Decode(GetBuffer().AsSpan(0, (int)Length));
            }
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            lock (_lock)
                base.Write(buffer);
        }
    }
}
