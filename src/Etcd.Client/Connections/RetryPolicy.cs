using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;

namespace Etcd.Client.Connections;

/// <summary>When a failed unary call is tried again, and after what pause. The rules are those of Go's client.</summary>
internal static class RetryPolicy
{
    /// <summary>Tries of one call, the first included.</summary>
    public const int MaxAttempts = 100;

    // Made by the client itself, so the call has not left.
    private const string NoAddress = "there is no address available";
    private const string NoConnection = "there is no connection available";

    private const double PauseMs = 25;
    private const double PauseJitter = 0.5;

    /// <summary>A read may be repeated on any <c>Unavailable</c>; a write only if it surely did not reach a server.</summary>
    public static bool MayRepeat(in GrpcStatus status, CallOptions options) =>
        status.Code == StatusCode.Unavailable && (options.IsRepeatable || status.Message is NoAddress or NoConnection);

    /// <summary>No pause until half of the members have been tried, then a short one, so that a cluster without leader is not hammered.</summary>
    public static TimeSpan PauseAfter(int attempt, int endpoints)
    {
        int quorum = (endpoints / 2) + 1;
        if ((attempt + 1) % quorum != 0)
            return TimeSpan.Zero;
        double jitter = 1 + (PauseJitter * ((Random.Shared.NextDouble() * 2) - 1));
        return TimeSpan.FromMilliseconds(PauseMs * jitter);
    }
}
