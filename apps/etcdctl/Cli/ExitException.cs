namespace Etcdctl.Cli;

/// <summary>Ends the program with <c>Error: …</c> on standard error and an exit code.</summary>
/// <param name="message">Empty if the complaint has been printed already.</param>
internal sealed class ExitException(int code, string message) : Exception(message)
{
    public int Code { get; } = code;
}

/// <summary>Exit codes; scripts rely on them.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Error = 1;
    public const int BadConnection = 2;
    public const int InvalidInput = 3;
    public const int BadFeature = 4;
    public const int Interrupted = 5;
    public const int IO = 6;
    public const int BadArgs = 128;
}
