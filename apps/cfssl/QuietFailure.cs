namespace Cfssl;

/// <summary>The command failed and has said so in the log; only the exit code 1 is left to give.</summary>
internal sealed class QuietFailure : Exception;
