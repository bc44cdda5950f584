using Etcd.Api.Services;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Server;

namespace Etcd.Api.Watching;

/// <summary>etcdserverpb.Watch (spec api §4).</summary>
public sealed class WatchService(IMember member, Callers callers, ResponseHeaders headers, ApiOptions options, TimeProvider clock)
{
    public IEnumerable<GrpcMethod> Methods => [new("etcdserverpb.Watch", "Watch", MethodKind.BidiStreaming, WatchAsync)];

    private async ValueTask<GrpcStatus> WatchAsync(ServerCall call)
    {
        await using var session = new WatchSession(member, callers, headers, call, options.WatchProgressInterval, clock);
        await session.RunAsync();
        return GrpcStatus.Ok;
    }
}
