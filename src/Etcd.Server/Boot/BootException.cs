namespace Etcd.Server.Boot;

/// <summary>The member cannot start on this data directory with these settings.</summary>
/// <param name="message">etcd's text where etcd has one.</param>
/// <param name="cure">What the operator can do, in plain words.</param>
/// <param name="exitCode">What etcd exits with: 1 for a refusal, 2 where it panics.</param>
/// <param name="cause">What the disk said, if it said something.</param>
public sealed class BootException(string message, string cure, int exitCode = 1, Exception? cause = null) : Exception(message, cause)
{
    public string Cure { get; } = cure;

    public int ExitCode { get; } = exitCode;
}
