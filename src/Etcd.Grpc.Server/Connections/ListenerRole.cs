using Microsoft.AspNetCore.Http;

namespace Etcd.Grpc.Server;

/// <summary>What a listener serves.</summary>
/// <param name="ServesGrpc">Whether HTTP/2 requests are gRPC calls.</param>
/// <param name="Http">Answers all other requests; null if there are none.</param>
public sealed record ListenerRole(bool ServesGrpc, RequestDelegate? Http)
{
    public static ListenerRole GrpcOnly { get; } = new(ServesGrpc: true, Http: null);
}
