using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Client;

/// <summary>There is no connection to the server, and nothing of the call has left: trying again is always safe.</summary>
public sealed class NoConnectionException(string problem, Exception? innerException)
    : Exception(problem, innerException)
{
    /// <summary>The status grpc-go gives such a call.</summary>
    public GrpcStatus Status => new(StatusCode.Unavailable, Message);
}
