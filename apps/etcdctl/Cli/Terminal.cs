namespace Etcdctl.Cli;

/// <summary>What a run of the program can see of the world outside: streams and environment.</summary>
internal sealed class Terminal(Stream input, ByteWriter output, ByteWriter error, IReadOnlyDictionary<string, string> environment)
{
    public Stream In { get; } = input;

    public ByteWriter Out { get; } = output;

    public ByteWriter Error { get; } = error;

    public IReadOnlyDictionary<string, string> Environment { get; } = environment;

    /// <summary>The program runs as a process of its own, so its commands may start others on the same terminal.</summary>
    public bool IsConsole { get; init; }
}
