using Etcd.Api.Tests.Support;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Elections;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Locks;
using Etcd.Protocol.Rpc;
using Google.Protobuf;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

/// <summary>Locks and elections as services. All their refusals have code 2.</summary>
public sealed class RecipeTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string LockPath = "/v3lockpb.Lock/Lock";
    private const string UnlockPath = "/v3lockpb.Lock/Unlock";
    private const string CampaignPath = "/v3electionpb.Election/Campaign";
    private const string ProclaimPath = "/v3electionpb.Election/Proclaim";
    private const string LeaderPath = "/v3electionpb.Election/Leader";
    private const string ObservePath = "/v3electionpb.Election/Observe";
    private const string ResignPath = "/v3electionpb.Election/Resign";

    private ApiClient Client => fixture.Server.Client;

    [Fact]
    public async Task Lock_Free_IsTakenUnderTheLeasesKey()
    {
        long lease = await GrantAsync();
        LockResponse locked = await Client.CallAsync<LockResponse>(LockPath, new LockRequest { Name = Bytes("lock1"), Lease = lease });
        Assert.Equal($"lock1/{lease:x}", locked.Key.ToStringUtf8());
        Assert.Equal(lease, (await Client.CallAsync<RangeResponse>(RangePath, new RangeRequest { Key = locked.Key })).Kvs[0].Lease);
        // The same lease again: it has the lock already.
        Assert.Equal(locked.Key, (await Client.CallAsync<LockResponse>(LockPath, new LockRequest { Name = Bytes("lock1"), Lease = lease })).Key);
    }

    [Fact]
    public async Task Lock_ThreeWaiters_GetItInTurn()
    {
        LockResponse first = await Client.CallAsync<LockResponse>(LockPath, new LockRequest { Name = Bytes("lock2"), Lease = await GrantAsync() });
        Task<LockResponse> second = LockAsync("lock2");
        await WaitForKeysAsync("lock2/", 2);
        Task<LockResponse> third = LockAsync("lock2");
        await WaitForKeysAsync("lock2/", 3);
        Assert.False(second.IsCompleted || third.IsCompleted);
        await Client.CallAsync<UnlockResponse>(UnlockPath, new UnlockRequest { Key = first.Key });
        LockResponse next = await second;
        Assert.False(third.IsCompleted);
        await Client.CallAsync<UnlockResponse>(UnlockPath, new UnlockRequest { Key = next.Key });
        await third;
    }

    [Fact]
    public async Task Lock_WithoutLease_GetsOneOfSixtySeconds()
    {
        LockResponse locked = await Client.CallAsync<LockResponse>(LockPath, new LockRequest { Name = Bytes("lock3") });
        long lease = (await Client.CallAsync<RangeResponse>(RangePath, new RangeRequest { Key = locked.Key })).Kvs[0].Lease;
        LeaseTimeToLiveResponse alive = await Client.CallAsync<LeaseTimeToLiveResponse>("/etcdserverpb.Lease/LeaseTimeToLive", new LeaseTimeToLiveRequest { ID = lease });
        Assert.Equal(60, alive.GrantedTTL);
    }

    [Fact]
    public async Task Lock_GivenUp_LeavesTheQueue()
    {
        await Client.CallAsync<LockResponse>(LockPath, new LockRequest { Name = Bytes("lock4"), Lease = await GrantAsync() });
        GrpcStatus status = await Client.StatusWithinAsync(
            TimeSpan.FromMilliseconds(200), LockPath, new LockRequest { Name = Bytes("lock4"), Lease = await GrantAsync() });
        Assert.Equal(StatusCode.DeadlineExceeded, status.Code);
        await WaitForKeysAsync("lock4/", 1);
    }

    [Fact]
    public async Task Lock_UnknownLease_IsUnknownError() =>
        await Client.AssertRefusedAsync(
            new GrpcStatus(StatusCode.Unknown, "etcdserver: requested lease not found"), LockPath, new LockRequest { Name = Bytes("lock5"), Lease = 987_654 });

    [Fact]
    public async Task Unlock_MissingKey_IsOk() =>
        Assert.Equal(GrpcStatus.Ok, await Client.StatusAsync(UnlockPath, new UnlockRequest { Key = Bytes("lock6/none") }));

    [Fact]
    public async Task Election_LifeOfALeader()
    {
        await Client.AssertRefusedAsync(EtcdError.ElectionNoLeader, LeaderPath, new LeaderRequest { Name = Bytes("e1") });
        LeaderKey first = (await CampaignAsync("e1", "one")).Leader;
        Assert.Equal("one", await LeaderAsync("e1"));
        Task<CampaignResponse> waiting = CampaignAsync("e1", "two");
        await WaitForKeysAsync("e1/", 2);
        await Client.CallAsync<ProclaimResponse>(ProclaimPath, new ProclaimRequest { Leader = first, Value = Bytes("one again") });
        Assert.Equal("one again", await LeaderAsync("e1"));
        Assert.False(waiting.IsCompleted);
        await Client.CallAsync<ResignResponse>(ResignPath, new ResignRequest { Leader = first });
        LeaderKey second = (await waiting).Leader;
        Assert.Equal("two", await LeaderAsync("e1"));
        await Client.AssertRefusedAsync(EtcdError.ElectionNotLeader, ProclaimPath, new ProclaimRequest { Leader = first, Value = Bytes("late") });
        // Resigning twice, or after somebody else took over, changes nothing.
        await Client.CallAsync<ResignResponse>(ResignPath, new ResignRequest { Leader = first });
        Assert.Equal("two", await LeaderAsync("e1"));
        Assert.NotEqual(first.Rev, second.Rev);
    }

    [Fact]
    public async Task Campaign_SameLeaseNewValue_Proclaims()
    {
        long lease = await GrantAsync();
        CampaignResponse first = await Client.CallAsync<CampaignResponse>(CampaignPath, new CampaignRequest { Name = Bytes("e2"), Lease = lease, Value = Bytes("a") });
        CampaignResponse second = await Client.CallAsync<CampaignResponse>(CampaignPath, new CampaignRequest { Name = Bytes("e2"), Lease = lease, Value = Bytes("b") });
        Assert.Equal(first.Leader, second.Leader);
        Assert.Equal("b", await LeaderAsync("e2"));
    }

    [Theory]
    [InlineData(ProclaimPath)]
    [InlineData(ResignPath)]
    public async Task Election_WithoutLeaderKey_IsRefused(string path) =>
        await Client.AssertRefusedAsync(EtcdError.ElectionLeaderKeyMissing, path, new ProclaimRequest());

    [Fact]
    public async Task Observe_SeesEveryChange()
    {
        await using IStreamCall<IMessage, LeaderResponse> observing = await Client.OpenAsync<LeaderResponse>(ObservePath);
        await observing.WriteAsync(new LeaderRequest { Name = Bytes("e3") }, CancellationToken.None);
        await observing.CompleteWritesAsync();
        LeaderKey first = (await CampaignAsync("e3", "one")).Leader;
        Assert.Equal("one", await NextAsync(observing));
        Task<CampaignResponse> waiting = CampaignAsync("e3", "two");
        await WaitForKeysAsync("e3/", 2);
        foreach (string value in new[] { "1a", "1b", "1c" })
            await Client.CallAsync<ProclaimResponse>(ProclaimPath, new ProclaimRequest { Leader = first, Value = Bytes(value) });
        foreach (string value in new[] { "1a", "1b", "1c" })
            Assert.Equal(value, await NextAsync(observing));
        await Client.CallAsync<ResignResponse>(ResignPath, new ResignRequest { Leader = first });
        Assert.Equal("two", await NextAsync(observing));
        await Client.CallAsync<ResignResponse>(ResignPath, new ResignRequest { Leader = (await waiting).Leader });
        await CampaignAsync("e3", "three");
        Assert.Equal("three", await NextAsync(observing));
    }

    private static async Task<string> NextAsync(IStreamCall<IMessage, LeaderResponse> observing) =>
        (await observing.ReadAsync(CancellationToken.None))!.Kv.Value.ToStringUtf8();

    private async Task<LockResponse> LockAsync(string name) =>
        await Client.CallAsync<LockResponse>(LockPath, new LockRequest { Name = Bytes(name), Lease = await GrantAsync() });

    private async Task<CampaignResponse> CampaignAsync(string name, string value) =>
        await Client.CallAsync<CampaignResponse>(CampaignPath, new CampaignRequest { Name = Bytes(name), Value = Bytes(value), Lease = await GrantAsync() });

    private async Task<string> LeaderAsync(string name) =>
        (await Client.CallAsync<LeaderResponse>(LeaderPath, new LeaderRequest { Name = Bytes(name) })).Kv.Value.ToStringUtf8();

    private async Task<long> GrantAsync() =>
        (await Client.CallAsync<LeaseGrantResponse>("/etcdserverpb.Lease/LeaseGrant", new LeaseGrantRequest { TTL = 300 })).ID;

    private async Task WaitForKeysAsync(string prefix, int count)
    {
        while ((await Client.CallAsync<RangeResponse>(RangePath, GetPrefix(prefix))).Count != count)
            await Task.Yield();
    }
}
