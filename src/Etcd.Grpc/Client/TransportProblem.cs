using System.Security.Authentication;
using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Client;

/// <summary>Turns what the HTTP stack throws into what a gRPC caller expects.</summary>
internal static class TransportProblem
{
    private const string DeadlineText = "context deadline exceeded";

    // RFC 9113, section 7: the error codes of RST_STREAM.
    private const long RefusedStream = 0x7;
    private const long Cancel = 0x8;
    private const long EnhanceYourCalm = 0xb;
    private const long InadequateSecurity = 0xc;

    /// <summary>The exception to throw instead.</summary>
    /// <param name="limit">The source that carries the call's deadline, if it has one.</param>
    public static Exception Translate(Exception problem, CancellationToken cancelledByCaller, CancellationTokenSource? limit)
    {
        if (problem is RpcException or NoConnectionException)
            return problem;
        if (cancelledByCaller.IsCancellationRequested)
            return new OperationCanceledException("the call was cancelled", problem, cancelledByCaller);
        if (limit is { IsCancellationRequested: true })
            return new RpcException(new GrpcStatus(StatusCode.DeadlineExceeded, DeadlineText), problem);
        for (Exception? cause = problem; cause is not null; cause = cause.InnerException)
        {
            if (cause is NoConnectionException notConnected)
                return notConnected;
            if (cause is AuthenticationException handshake)
                return HandshakeFailed(handshake);
            if (cause is HttpProtocolException protocol)
                return new RpcException(StreamReset(protocol), problem);
        }
        if (problem is HttpRequestException { HttpRequestError: var error })
        {
            switch (error)
            {
                case HttpRequestError.SecureConnectionError:
                    return HandshakeFailed(problem.InnerException ?? problem);
                case HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.VersionNegotiationError:
                    return new NoConnectionException($"connection error: desc = \"{problem.Message}\"", problem);
            }
        }
        return new RpcException(new GrpcStatus(StatusCode.Unavailable, $"error reading from server: {Innermost(problem)}"), problem);
    }

    private static NoConnectionException HandshakeFailed(Exception problem) =>
        new($"connection error: desc = \"transport: authentication handshake failed: {problem.InnerException?.Message ?? problem.Message}\"", problem);

    private static GrpcStatus StreamReset(HttpProtocolException protocol) => protocol.ErrorCode switch
    {
        RefusedStream => new(StatusCode.Unavailable, "stream terminated by RST_STREAM with error code: REFUSED_STREAM"),
        Cancel => new(StatusCode.Canceled, "stream terminated by RST_STREAM with error code: CANCEL"),
        EnhanceYourCalm => new(StatusCode.ResourceExhausted, "stream terminated by RST_STREAM with error code: ENHANCE_YOUR_CALM"),
        InadequateSecurity => new(StatusCode.PermissionDenied, "stream terminated by RST_STREAM with error code: INADEQUATE_SECURITY"),
        // A connection that went away without a code of its own (GOAWAY, EOF) is the server's absence.
        0 => new(StatusCode.Unavailable, "error reading from server: EOF"),
        _ => new(StatusCode.Internal, "stream terminated: " + protocol.Message),
    };

    private static string Innermost(Exception problem)
    {
        Exception cause = problem;
        while (cause.InnerException is not null)
            cause = cause.InnerException;
        return cause is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } ? "EOF" : cause.Message;
    }
}
