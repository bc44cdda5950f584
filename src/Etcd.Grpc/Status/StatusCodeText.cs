using Etcd.Protocol.Errors;

namespace Etcd.Grpc;

/// <summary>Status codes as text: digits on the wire, Go's names in metrics and error lines.</summary>
public static class StatusCodeText
{
    private static readonly string[] s_digits = [.. Enumerable.Range(0, 17).Select(code => code.ToString())];

    private static readonly string[] s_names =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied",
        "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange", "Unimplemented", "Internal", "Unavailable",
        "DataLoss", "Unauthenticated",
    ];

    /// <summary>Number of codes the protocol knows, 0 to <c>Count</c> − 1.</summary>
    public static int Count => s_names.Length;

    /// <summary>The value of a <c>grpc-status</c> header; allocates nothing for a known code.</summary>
    public static string Digits(StatusCode code) => (uint)code < (uint)s_digits.Length ? s_digits[(int)code] : ((int)code).ToString();

    /// <summary>Go's name, e.g. <c>OK</c>, <c>DeadlineExceeded</c>, or <c>Code(99)</c> for an unknown number.</summary>
    public static string Name(StatusCode code) => (uint)code < (uint)s_names.Length ? s_names[(int)code] : $"Code({(int)code})";

    /// <summary>Reads a <c>grpc-status</c> header.</summary>
    /// <returns>False if it is no non-negative number; the call is then <see cref="StatusCode.Unknown"/>.</returns>
    public static bool TryParse(ReadOnlySpan<char> digits, out StatusCode code)
    {
        bool parsed = int.TryParse(digits, System.Globalization.NumberStyles.None, provider: null, out int number);
        code = (StatusCode)number;
        return parsed;
    }
}
