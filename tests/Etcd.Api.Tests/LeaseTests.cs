using Etcd.Api.Tests.Support;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Google.Protobuf;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

public sealed class LeaseTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private const string GrantPath = "/etcdserverpb.Lease/LeaseGrant";
    private const string RevokePath = "/etcdserverpb.Lease/LeaseRevoke";
    private const string KeepAlivePath = "/etcdserverpb.Lease/LeaseKeepAlive";
    private const string TimeToLivePath = "/etcdserverpb.Lease/LeaseTimeToLive";

    private ApiClient Client => fixture.Server.Client;

    [Fact]
    public async Task Grant_WithoutId_ChoosesPositiveOne()
    {
        LeaseGrantResponse granted = await Client.CallAsync<LeaseGrantResponse>(GrantPath, new LeaseGrantRequest { TTL = 60 });
        Assert.True(granted.ID > 0);
        Assert.Equal(60, granted.TTL);
        Assert.Equal(fixture.Server.Member.Kv.CurrentRevision, granted.Header.Revision);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Grant_ShortTtl_IsRaisedToMinimum(long ttl) =>
        Assert.True((await Client.CallAsync<LeaseGrantResponse>(GrantPath, new LeaseGrantRequest { TTL = ttl })).TTL >= 1);

    [Fact]
    public async Task Grant_Impossible_IsRefused()
    {
        await Client.AssertRefusedAsync(EtcdError.LeaseTtlTooLarge, GrantPath, new LeaseGrantRequest { TTL = 9_000_000_001 });
        await Client.CallAsync<LeaseGrantResponse>(GrantPath, new LeaseGrantRequest { ID = 4711, TTL = 60 });
        await Client.AssertRefusedAsync(EtcdError.LeaseExists, GrantPath, new LeaseGrantRequest { ID = 4711, TTL = 60 });
    }

    [Fact]
    public async Task Revoke_Lease_DeletesItsKeysInOneRevision()
    {
        await Client.CallAsync<LeaseGrantResponse>(GrantPath, new LeaseGrantRequest { ID = 11, TTL = 60 });
        await Client.CallAsync<PutResponse>(PutPath, Put("lease/b", lease: 11));
        long before = (await Client.CallAsync<PutResponse>(PutPath, Put("lease/a", lease: 11))).Header.Revision;
        LeaseTimeToLiveResponse alive = await Client.CallAsync<LeaseTimeToLiveResponse>(TimeToLivePath, new LeaseTimeToLiveRequest { ID = 11, Keys = true });
        Assert.Equal(60, alive.GrantedTTL);
        Assert.Equal(["lease/a", "lease/b"], alive.Keys.Select(key => key.ToStringUtf8()).Order());
        LeaseRevokeResponse revoked = await Client.CallAsync<LeaseRevokeResponse>(RevokePath, new LeaseRevokeRequest { ID = 11 });
        Assert.Equal(before + 1, revoked.Header.Revision);
        Assert.Equal(0, (await Client.CallAsync<RangeResponse>(RangePath, GetPrefix("lease/"))).Count);
        await Client.AssertRefusedAsync(EtcdError.LeaseNotFound, RevokePath, new LeaseRevokeRequest { ID = 11 });
        LeaseTimeToLiveResponse gone = await Client.CallAsync<LeaseTimeToLiveResponse>(TimeToLivePath, new LeaseTimeToLiveRequest { ID = 11 });
        Assert.Equal((-1, 0), (gone.TTL, gone.GrantedTTL));
    }

    [Fact]
    public async Task KeepAlive_KnownAndUnknownLease_AreAnsweredOneByOne()
    {
        await Client.CallAsync<LeaseGrantResponse>(GrantPath, new LeaseGrantRequest { ID = 21, TTL = 60 });
        await using IStreamCall<IMessage, LeaseKeepAliveResponse> call = await Client.OpenAsync<LeaseKeepAliveResponse>(KeepAlivePath);
        long[] ttls = new long[3];
        long[] asked = [21, 99_999, 21];
        for (int i = 0; i < asked.Length; i++)
        {
            await call.WriteAsync(new LeaseKeepAliveRequest { ID = asked[i] }, CancellationToken.None);
            LeaseKeepAliveResponse? answer = await call.ReadAsync(CancellationToken.None);
            Assert.Equal((asked[i], fixture.Server.Member.MemberId), (answer!.ID, answer.Header.MemberId));
            ttls[i] = answer.TTL;
        }
        Assert.Equal([60, 0, 60], ttls);
        await call.CompleteWritesAsync();
        Assert.Null(await call.ReadAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Leases_Granted_AreListed()
    {
        await Client.CallAsync<LeaseGrantResponse>(GrantPath, new LeaseGrantRequest { ID = 31, TTL = 60 });
        LeaseLeasesResponse list = await Client.CallAsync<LeaseLeasesResponse>("/etcdserverpb.Lease/LeaseLeases", new LeaseLeasesRequest());
        Assert.Contains(31, list.Leases.Select(lease => lease.ID));
    }

    [Fact]
    public async Task Expiry_ShortLease_TakesItsKeyAlong()
    {
        await Client.CallAsync<LeaseGrantResponse>(GrantPath, new LeaseGrantRequest { ID = 41, TTL = 1 });
        await using IStreamCall<IMessage, WatchResponse> watch = await Client.OpenAsync<WatchResponse>(WatchPath);
        await watch.WriteAsync(new WatchRequest { CreateRequest = new WatchCreateRequest { Key = Bytes("lease/short") } }, CancellationToken.None);
        await watch.ReadAsync(CancellationToken.None);
        await Client.CallAsync<PutResponse>(PutPath, Put("lease/short", lease: 41));
        Assert.Equal("v", (await watch.ReadAsync(CancellationToken.None))!.Events[0].Kv.Value.ToStringUtf8());
        Assert.Equal(Protocol.Kv.Event.Types.EventType.Delete, (await watch.ReadAsync(CancellationToken.None))!.Events[0].Type);
    }
}
