using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Server;

namespace Etcd.Api;

/// <summary>What every call must pass before its handler runs, in etcd's order (spec api §1.4).</summary>
public sealed class MemberGate(IMember member) : ICallGate
{
    private const string RequiresLeader = "hasleader", ApiVersion = "client-api-version";

    public GrpcStatus Enter(ServerCall call)
    {
        if (member.Cluster.Current.Find(member.MemberId) is { IsLearner: true } && !AllowedOnLearner(call.Method))
            return EtcdError.NotSupportedForLearner;
        if (call.GetHeader(ApiVersion) is { } version && version.Contains('\ufffd', StringComparison.Ordinal))
            return EtcdError.InvalidClientApiVersion;
        if (member.LeaderId == 0 && call.GetHeader(RequiresLeader) is "true")
            return EtcdError.NoLeader;
        return GrpcStatus.Ok;
    }

    /// <summary>A learner's state is behind, so it answers only what is asked of itself.</summary>
    private static bool AllowedOnLearner(GrpcMethod method) =>
        method.Path is "/etcdserverpb.Maintenance/Status" or "/etcdserverpb.Maintenance/Snapshot" or "/etcdserverpb.KV/Range"
        || method.Service == "grpc.health.v1.Health";
}
