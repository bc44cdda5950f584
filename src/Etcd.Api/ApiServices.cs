using Etcd.Api.Services;
using Etcd.Grpc.Server;
using Etcd.Server;

namespace Etcd.Api;

/// <summary>All gRPC methods of a member.</summary>
public static class ApiServices
{
    public static IEnumerable<GrpcMethod> All(IMember member, ApiOptions options)
    {
        var callers = new Callers(member);
        var headers = new ResponseHeaders(member);
        var space = new SpaceGuard(member);
        return
        [
            .. new KvService(member, callers, headers, space, options).Methods,
            .. new LeaseService(member, callers, headers, space).Methods,
            .. new ClusterService(member, callers, headers).Methods,
            .. new MaintenanceService(member, callers, headers).Methods,
            .. new AuthService(member, callers, headers).Methods,
        ];
    }
}
