using System.Security.Cryptography;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using Google.Protobuf;

namespace Etcd.Api.Services;

/// <summary>etcdserverpb.Maintenance (spec api §7.2).</summary>
public sealed class MaintenanceService(IMember member, Callers callers, ResponseHeaders headers)
{
    private const string Service = "etcdserverpb.Maintenance";
    private const int SnapshotChunkBytes = 32 * 1024;
    private const long DefaultQuotaBytes = 2L << 30;

    public IEnumerable<GrpcMethod> Methods =>
    [
        new(Service, "Alarm", MethodKind.Unary, AlarmAsync),
        new(Service, "Status", MethodKind.Unary, StatusAsync),
        new(Service, "Defragment", MethodKind.Unary, DefragmentAsync),
        new(Service, "Hash", MethodKind.Unary, HashAsync),
        new(Service, "HashKV", MethodKind.Unary, HashKvAsync),
        new(Service, "Snapshot", MethodKind.ServerStreaming, SnapshotAsync),
        new(Service, "MoveLeader", MethodKind.Unary, MoveLeaderAsync),
        new(Service, "Downgrade", MethodKind.Unary, DowngradeAsync),
    ];

    private async ValueTask<GrpcStatus> AlarmAsync(ServerCall call)
    {
        AlarmRequest request = call.Parse(AlarmRequest.Parser);
        bool reads = request.Action == AlarmRequest.Types.AlarmAction.Get;
        if (reads)
            await callers.RequireUserAsync(call);
        else
            await callers.RequireAdminAsync(call);
        // Every version of the Go server dies when it applies an unknown action; we never let one into the log.
        if (!Enum.IsDefined(request.Action) || !Enum.IsDefined(request.Alarm) || (!reads && request.Alarm == AlarmType.None))
            return new GrpcStatus(StatusCode.InvalidArgument, $"etcdserver: unknown alarm request (action {(int)request.Action}, alarm {(int)request.Alarm})");
        Identity identity = await callers.ResolveAsync(call);
        ApplyResult result = await member.ProposeAsync(RequestKind.Alarm, call.Message, identity, call.CancellationToken);
        return headers.Reply(call, result);
    }

    private async ValueTask<GrpcStatus> StatusAsync(ServerCall call)
    {
        await callers.RequireUserAsync(call);
        ClusterView cluster = member.Cluster.Current;
        var response = new StatusResponse
        {
            Header = headers.Create(),
            Version = MemberOptions.ServerVersion,
            DbSize = member.Backend.SizeBytes,
            DbSizeInUse = member.Backend.SizeInUseBytes,
            DbSizeQuota = member.Backend.QuotaBytes == long.MaxValue ? DefaultQuotaBytes : member.Backend.QuotaBytes,
            Leader = member.LeaderId,
            RaftIndex = member.CommittedIndex,
            RaftAppliedIndex = member.AppliedIndex,
            RaftTerm = member.RaftTerm,
            IsLearner = cluster.Find(member.MemberId)?.IsLearner ?? false,
            StorageVersion = MemberVersions.Storage(member),
            DowngradeInfo = new Protocol.Rpc.DowngradeInfo { Enabled = cluster.Downgrade.Enabled, TargetVersion = cluster.Downgrade.TargetVersion },
        };
        if (response.Leader == 0)
            response.Errors.Add(EtcdError.NoLeader.Message);
        response.Errors.AddRange(member.Alarms.Get(AlarmType.None).Select(static alarm => $"memberID:{alarm.MemberID} alarm:{AlarmNames.Of(alarm.Alarm)} "));
        call.WriteMessage(response);
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> DefragmentAsync(ServerCall call)
    {
        await callers.RequireAdminAsync(call);
        await member.DefragmentAsync(call.CancellationToken);
        call.WriteMessage(new DefragmentResponse());
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> HashAsync(ServerCall call)
    {
        await callers.RequireAdminAsync(call);
        uint hash = await Task.Run(member.Backend.Hash);
        call.WriteMessage(new HashResponse { Header = headers.Create(), Hash = hash });
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> HashKvAsync(ServerCall call)
    {
        await callers.RequireAdminAsync(call);
        HashKVRequest request = call.Parse(HashKVRequest.Parser);
        KeyValueHash hash = default;
        EtcdError? refusal = await Task.Run(() => member.Kv.HashKv(request.Revision, out hash));
        if (refusal is not null)
            return refusal;
        call.WriteMessage(new HashKVResponse
        {
            Header = headers.Create(),
            Hash = hash.Hash,
            CompactRevision = hash.CompactRevision,
            HashRevision = hash.Revision,
        });
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> SnapshotAsync(ServerCall call)
    {
        await callers.RequireAdminAsync(call);
        using BackendSnapshot snapshot = await Task.Run(member.Backend.OpenSnapshot);
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = new byte[SnapshotChunkBytes];
        string version = MemberVersions.Storage(member);
        long remaining = snapshot.Length;
        for (int read = snapshot.Read(chunk); read > 0; read = snapshot.Read(chunk))
        {
            sha.AppendData(chunk, 0, read);
            remaining -= read;
            call.WriteMessage(new SnapshotResponse { RemainingBytes = (ulong)remaining, Blob = ByteString.CopyFrom(chunk, 0, read), Version = version });
            await call.FlushAsync();
        }
        call.WriteMessage(new SnapshotResponse { Blob = ByteString.CopyFrom(sha.GetHashAndReset()), Version = version });
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> MoveLeaderAsync(ServerCall call)
    {
        await callers.RequireAdminAsync(call);
        MoveLeaderRequest request = call.Parse(MoveLeaderRequest.Parser);
        await member.MoveLeaderAsync(request.TargetID, call.CancellationToken);
        call.WriteMessage(new MoveLeaderResponse { Header = headers.Create() });
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> DowngradeAsync(ServerCall call)
    {
        await callers.RequireAdminAsync(call);
        DowngradeRequest request = call.Parse(DowngradeRequest.Parser);
        string version = await member.DowngradeAsync(request.Action, request.Version, call.CancellationToken);
        call.WriteMessage(new DowngradeResponse { Header = headers.Create(), Version = version });
        return GrpcStatus.Ok;
    }
}
