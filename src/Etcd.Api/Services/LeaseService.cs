using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Google.Protobuf;
using LeaseStatus = Etcd.Protocol.Rpc.LeaseStatus;

namespace Etcd.Api.Services;

/// <summary>etcdserverpb.Lease (spec api §5).</summary>
public sealed class LeaseService(IMember member, Callers callers, ResponseHeaders headers, SpaceGuard space)
{
    private const string Service = "etcdserverpb.Lease";
    private const long MaxTtlSeconds = 9_000_000_000;

    public IEnumerable<GrpcMethod> Methods =>
    [
        new(Service, "LeaseGrant", MethodKind.Unary, GrantAsync),
        new(Service, "LeaseRevoke", MethodKind.Unary, RevokeAsync),
        new(Service, "LeaseKeepAlive", MethodKind.BidiStreaming, KeepAliveAsync),
        new(Service, "LeaseTimeToLive", MethodKind.Unary, TimeToLiveAsync),
        new(Service, "LeaseLeases", MethodKind.Unary, ListAsync),
    ];

    private async ValueTask<GrpcStatus> GrantAsync(ServerCall call)
    {
        if (space.Check(RequestCost.LeaseGrant) is { } full)
            return full;
        LeaseGrantRequest request = call.Parse(LeaseGrantRequest.Parser);
        if (request.TTL > MaxTtlSeconds)
            return EtcdError.LeaseTtlTooLarge;
        await callers.RequireUserAsync(call);
        if (request.ID == 0)
            request.ID = member.NextLeaseId();
        return await ProposeAsync(call, RequestKind.LeaseGrant, request.ToByteArray());
    }

    private async ValueTask<GrpcStatus> RevokeAsync(ServerCall call)
    {
        LeaseRevokeRequest request = call.Parse(LeaseRevokeRequest.Parser);
        await RequireLeaseKeysAsync(call, request.ID, write: true);
        return await ProposeAsync(call, RequestKind.LeaseRevoke, call.Message);
    }

    private async ValueTask<GrpcStatus> KeepAliveAsync(ServerCall call)
    {
        while (await call.ReadAsync())
        {
            LeaseKeepAliveRequest request = call.Parse(LeaseKeepAliveRequest.Parser);
            await RequireLeaseKeysAsync(call, request.ID, write: true);
            long ttlSeconds = await member.RenewLeaseAsync(request.ID, call.CancellationToken);
            call.WriteMessage(new LeaseKeepAliveResponse { Header = headers.Create(), ID = request.ID, TTL = ttlSeconds });
            await call.FlushAsync();
        }
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> TimeToLiveAsync(ServerCall call)
    {
        LeaseTimeToLiveRequest request = call.Parse(LeaseTimeToLiveRequest.Parser);
        if (request.Keys)
            await RequireLeaseKeysAsync(call, request.ID, write: false);
        else
            await callers.RequireUserAsync(call);
        Store.Lease.LeaseStatus? found = await member.LeaseTimeToLiveAsync(request.ID, request.Keys, call.CancellationToken);
        var response = new LeaseTimeToLiveResponse { Header = headers.Create(), ID = request.ID, TTL = -1 };
        if (found is { } lease)
        {
            (response.TTL, response.GrantedTTL) = (lease.RemainingSeconds, lease.GrantedSeconds);
            response.Keys.AddRange(lease.Keys.Select(static key => ByteString.CopyFrom(key.Span)));
        }
        call.WriteMessage(response);
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> ListAsync(ServerCall call)
    {
        long[] leases = member.Leases.List();
        foreach (long id in member.Auth.Current.Enabled ? leases : [])
            await RequireLeaseKeysAsync(call, id, write: false);
        await callers.RequireUserAsync(call);
        var response = new LeaseLeasesResponse { Header = headers.Create() };
        response.Leases.AddRange(leases.Select(static id => new LeaseStatus { ID = id }));
        call.WriteMessage(response);
        return GrpcStatus.Ok;
    }

    /// <summary>Authentication on: the caller must have the right to every key that hangs on the lease.</summary>
    private async ValueTask RequireLeaseKeysAsync(ServerCall call, long leaseId, bool write)
    {
        AuthView view = member.Auth.Current;
        if (!view.Enabled)
            return;
        Identity identity = await callers.ResolveAsync(call);
        if (identity.UserName.Length == 0)
            throw new EtcdException(EtcdError.UserEmpty);
        if (member.Leases.KeysOf(leaseId) is { } keys && view.CheckLeaseKeys(identity, keys, write) is { } refusal)
            throw new EtcdException(refusal);
    }

    private async ValueTask<GrpcStatus> ProposeAsync(ServerCall call, RequestKind kind, ReadOnlyMemory<byte> request)
    {
        Identity identity = await callers.ResolveAsync(call);
        ApplyResult result = await member.ProposeAsync(kind, request, identity, call.CancellationToken);
        return headers.Reply(call, result);
    }
}
