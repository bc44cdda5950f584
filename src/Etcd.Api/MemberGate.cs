using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Server;

namespace Etcd.Api;

/// <summary>What every call must pass before its handler runs, in etcd's order (spec api §1.4).</summary>
public sealed class MemberGate(IMember member, ApiMetrics metrics) : ICallGate
{
    private const string RequiresLeader = "hasleader", ApiVersion = "client-api-version";

    // What Kestrel makes of bytes that are no UTF-8.
    private const char ReplacementCharacter = '\ufffd';

    public GrpcStatus Enter(ServerCall call)
    {
        if (member.Cluster.Current.Version is null)
            return EtcdError.NotCapable;
        if (member.Cluster.Current.Find(member.MemberId) is { IsLearner: true } && !IsAllowedOnLearner(call))
            return EtcdError.NotSupportedForLearner;
        string? version = call.GetHeader(ApiVersion);
        if (version is not null && version.Contains(ReplacementCharacter, StringComparison.Ordinal))
            return EtcdError.InvalidClientApiVersion;
        metrics.CountClient(call.Method.IsStreaming ? "stream" : "unary", version);
        if (call.GetHeader(RequiresLeader) is "true")
        {
            if (member.LeaderId == 0)
                return EtcdError.NoLeader;
            call.RequiresLeader = true;
        }
        return GrpcStatus.Ok;
    }

    /// <summary>A learner's state is behind, so it answers only what is asked of itself.</summary>
    private static bool IsAllowedOnLearner(ServerCall call) => call.Method.Path switch
    {
        "/etcdserverpb.Maintenance/Status" or "/etcdserverpb.Maintenance/Snapshot" => true,
        "/etcdserverpb.KV/Range" => IsSerializable(call),
        _ => false,
    };

    private static bool IsSerializable(ServerCall call)
    {
        try
        {
            return RangeRequestFields.Parse(call.Message.Span).Serializable;
        }
        catch (WireFormatException)
        {
            // Let through: the service says what is wrong with it.
            return true;
        }
    }
}
