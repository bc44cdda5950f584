using Etcd.Api.Services;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Elections;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Google.Protobuf;

namespace Etcd.Api.Recipes;

/// <summary>v3electionpb.Election (spec api §8): leader election made of keys, for clients that do not bring the recipe along.</summary>
internal sealed class ElectionService(IMember member, KvRequests requests, ResponseHeaders headers, TimeProvider clock)
{
    private const string Service = "v3electionpb.Election";
    private readonly InProcessKv _kv = new(member, requests);

    public IEnumerable<GrpcMethod> Methods =>
    [
        new(Service, "Campaign", MethodKind.Unary, RecipeErrors.Wrap(CampaignAsync)),
        new(Service, "Proclaim", MethodKind.Unary, RecipeErrors.Wrap(ProclaimAsync)),
        new(Service, "Leader", MethodKind.Unary, RecipeErrors.Wrap(LeaderAsync)),
        new(Service, "Observe", MethodKind.ServerStreaming, RecipeErrors.Wrap(ObserveAsync)),
        new(Service, "Resign", MethodKind.Unary, RecipeErrors.Wrap(ResignAsync)),
    ];

    private async ValueTask<GrpcStatus> CampaignAsync(ServerCall call)
    {
        CampaignRequest request = call.Parse(CampaignRequest.Parser);
        await using CallSession session = await CallSession.OpenAsync(member, requests, call, request.Lease, clock);
        var queue = new KeyQueue(_kv, request.Name);
        var leader = new LeaderKey { Name = request.Name, Key = queue.KeyOf(session.LeaseId), Lease = session.LeaseId };
        long revision = await EnqueueAsync(call, leader, request.Value);
        try
        {
            await queue.WaitForOlderAsync(call, leader.Rev);
        }
        catch (OperationCanceledException)
        {
            await DeleteOwnAsync(new AfterCall(call), leader);
            throw;
        }
        call.WriteMessage(new CampaignResponse { Header = headers.Create(revision), Leader = leader });
        return GrpcStatus.Ok;
    }

    /// <summary>Stands for election; one who stands already only gets the new value. Fills in the leader key's revision.</summary>
    private async ValueTask<long> EnqueueAsync(ServerCall call, LeaderKey leader, ByteString value)
    {
        TxnResponse response = await _kv.TxnAsync(call, RecipeTxns.IfAbsent(
            leader.Key,
            then: Put(leader, value),
            otherwise: new RequestOp { RequestRange = new RangeRequest { Key = leader.Key } }));
        leader.Rev = response.Header.Revision;
        if (response.Succeeded)
            return leader.Rev;
        KeyValue existing = response.Responses[0].ResponseRange.Kvs[0];
        leader.Rev = existing.CreateRevision;
        return existing.Value == value ? response.Header.Revision : await ProclaimAsync(call, leader, value);
    }

    private async ValueTask<GrpcStatus> ProclaimAsync(ServerCall call)
    {
        ProclaimRequest request = call.Parse(ProclaimRequest.Parser);
        if (request.Leader is null)
            return EtcdError.ElectionLeaderKeyMissing;
        long revision = await ProclaimAsync(call, request.Leader, request.Value);
        call.WriteMessage(new ProclaimResponse { Header = headers.Create(revision) });
        return GrpcStatus.Ok;
    }

    private async ValueTask<long> ProclaimAsync(ServerCall call, LeaderKey leader, ByteString value)
    {
        TxnResponse response = await _kv.TxnAsync(call, RecipeTxns.IfCreatedAt(leader.Key, leader.Rev, Put(leader, value)));
        return response.Succeeded ? response.Header.Revision : throw new EtcdException(EtcdError.ElectionNotLeader);
    }

    private async ValueTask<GrpcStatus> LeaderAsync(ServerCall call)
    {
        LeaderRequest request = call.Parse(LeaderRequest.Parser);
        (KeyValue? owner, long revision) = await new KeyQueue(_kv, request.Name).FindOwnerAsync(call);
        if (owner is null)
            return EtcdError.ElectionNoLeader;
        call.WriteMessage(new LeaderResponse { Header = headers.Create(revision), Kv = owner });
        return GrpcStatus.Ok;
    }

    private async ValueTask<GrpcStatus> ObserveAsync(ServerCall call)
    {
        LeaderRequest request = call.Parse(LeaderRequest.Parser);
        var queue = new KeyQueue(_kv, request.Name);
        while (true)
        {
            (KeyValue? leader, long revision) = await queue.FindOwnerAsync(call);
            if (leader is null)
                leader = await queue.WaitForFirstAsync(revision + 1, call.CancellationToken);
            else
                await ShowAsync(call, leader, revision);
            await foreach (Event happened in _kv.WatchAsync(leader.Key, ByteString.Empty, revision + 1, call.CancellationToken))
            {
                if (happened.Type == Event.Types.EventType.Delete)
                    break;
                await ShowAsync(call, happened.Kv, happened.Kv.ModRevision);
            }
        }
    }

    private async ValueTask ShowAsync(ServerCall call, KeyValue leader, long revision)
    {
        call.WriteMessage(new LeaderResponse { Header = headers.Create(revision), Kv = leader });
        await call.FlushAsync();
    }

    private async ValueTask<GrpcStatus> ResignAsync(ServerCall call)
    {
        ResignRequest request = call.Parse(ResignRequest.Parser);
        if (request.Leader is null)
            return EtcdError.ElectionLeaderKeyMissing;
        long revision = await DeleteOwnAsync(call, request.Leader);
        call.WriteMessage(new ResignResponse { Header = headers.Create(revision) });
        return GrpcStatus.Ok;
    }

    /// <summary>Deletes the key unless it became somebody else's.</summary>
    private async ValueTask<long> DeleteOwnAsync(ServerCall call, LeaderKey leader)
    {
        var delete = new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = leader.Key } };
        return (await _kv.TxnAsync(call, RecipeTxns.IfCreatedAt(leader.Key, leader.Rev, delete))).Header.Revision;
    }

    private static RequestOp Put(LeaderKey leader, ByteString value) =>
        new() { RequestPut = new PutRequest { Key = leader.Key, Value = value, Lease = leader.Lease } };
}
