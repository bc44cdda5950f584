using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client.Tests.Real;

public class LeaseTests(RealEtcdFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task GrantRevoke_TakesTheKeysAlong()
    {
        using EtcdClient client = await fixture.ClientAsync();
        long lease = (await client.Lease.GrantAsync(60, leaseId: 0, Cancelled)).ID;
        await client.Kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("lease/key"), Lease = lease }, Cancelled);

        LeaseTimeToLiveResponse left = await client.Lease.TimeToLiveAsync(lease, withKeys: true, Cancelled);
        Assert.Equal(60, left.GrantedTTL);
        Assert.Equal("lease/key", left.Keys.Single().ToStringUtf8());
        Assert.Contains((await client.Lease.ListAsync(Cancelled)).Leases, found => found.ID == lease);

        await client.Lease.RevokeAsync(lease, Cancelled);
        Assert.Null(await client.Kv.GetAsync("lease/key", Cancelled));
        Assert.Equal(-1, (await client.Lease.TimeToLiveAsync(lease, withKeys: false, Cancelled)).TTL);
    }

    [Fact]
    public async Task KeepAliveOnce_NoSuchLease_IsNotFound()
    {
        using EtcdClient client = await fixture.ClientAsync();

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => client.Lease.KeepAliveOnceAsync(12345, Cancelled));

        Assert.True(refused.Is(EtcdError.LeaseNotFound));
    }

    [Fact]
    public async Task KeepAlive_LeaseRevoked_Ends()
    {
        using EtcdClient client = await fixture.ClientAsync();
        long lease = (await client.Lease.GrantAsync(2, leaseId: 0, Cancelled)).ID;
        int renewals = 0;

        await foreach (LeaseKeepAliveResponse response in client.Lease.KeepAliveAsync(lease, Cancelled))
        {
            Assert.Equal(2, response.TTL);
            if (++renewals == 2)
                await client.Lease.RevokeAsync(lease, Cancelled);
        }

        Assert.Equal(2, renewals);
    }

    [Fact]
    public async Task Session_LeaseRevokedByOthers_IsLost()
    {
        using EtcdClient client = await fixture.ClientAsync();
        await using Session session = await Session.StartAsync(client, ttlSeconds: 2, Cancelled);

        await client.Lease.RevokeAsync(session.LeaseId, Cancelled);

        var lost = new TaskCompletionSource();
        using (session.Lost.Register(lost.SetResult))
            await lost.Task.WaitAsync(Cancelled);
    }

    [Fact]
    public async Task Session_Closed_RevokesItsLease()
    {
        using EtcdClient client = await fixture.ClientAsync();
        Session session = await Session.StartAsync(client, ttlSeconds: 60, Cancelled);
        await session.DisposeAsync();

        Assert.Equal(-1, (await client.Lease.TimeToLiveAsync(session.LeaseId, withKeys: false, Cancelled)).TTL);
    }
}
