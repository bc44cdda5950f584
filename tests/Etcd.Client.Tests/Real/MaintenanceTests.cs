using System.Security.Cryptography;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.TestKit;

namespace Etcd.Client.Tests.Real;

public class MaintenanceTests(RealEtcdFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Status_NamesTheMember()
    {
        RealEtcd server = await fixture.ServerAsync();
        using EtcdClient client = await fixture.ClientAsync();

        StatusResponse status = await client.Maintenance.StatusAsync(server.Endpoint, Cancelled);
        MemberListResponse members = await client.Cluster.ListAsync(isSerializable: true, Cancelled);

        Assert.Equal(status.Header.MemberId, members.Members.Single().ID);
        Assert.Equal(server.Name, members.Members.Single().Name);
        Assert.Equal(status.Leader, status.Header.MemberId);
    }

    [Fact]
    public async Task Snapshot_EndsWithTheHashOfItself()
    {
        using EtcdClient client = await fixture.ClientAsync();
        await client.Kv.PutAsync("maintenance/a", "1", Cancelled);
        using var file = new MemoryStream();

        await foreach (SnapshotResponse piece in client.Maintenance.SnapshotAsync(Cancelled))
            piece.Blob.WriteTo(file);

        byte[] bytes = file.ToArray();
        Assert.Equal(32, bytes.Length % 512);
        Assert.Equal(SHA256.HashData(bytes.AsSpan(..^32)), bytes[^32..]);
    }

    [Fact]
    public async Task HashKv_SameRevision_SameHash()
    {
        RealEtcd server = await fixture.ServerAsync();
        using EtcdClient client = await fixture.ClientAsync();
        long revision = (await client.Kv.PutAsync("maintenance/hash", "1", Cancelled)).Header.Revision;

        HashKVResponse one = await client.Maintenance.HashKvAsync(server.Endpoint, revision, Cancelled);
        await client.Kv.PutAsync("maintenance/hash", "2", Cancelled);
        HashKVResponse two = await client.Maintenance.HashKvAsync(server.Endpoint, revision, Cancelled);

        Assert.Equal(one.Hash, two.Hash);
    }

    [Fact]
    public async Task MoveLeader_ToAStranger_IsRefused()
    {
        using EtcdClient client = await fixture.ClientAsync();

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => client.Maintenance.MoveLeaderAsync(1, Cancelled));

        Assert.True(refused.Is(EtcdError.BadLeaderTransferee));
    }

    [Fact]
    public async Task AlarmDisarm_NothingRaised_IsFine()
    {
        using EtcdClient client = await fixture.ClientAsync();

        Assert.Empty((await client.Maintenance.AlarmDisarmAsync(memberId: 0, AlarmType.None, Cancelled)).Alarms);
    }

    [Fact]
    public async Task Defragment_ServesAgainAfterwards()
    {
        RealEtcd server = await fixture.ServerAsync();
        using EtcdClient client = await fixture.ClientAsync();

        await client.Maintenance.DefragmentAsync(server.Endpoint, Cancelled);

        await client.Kv.PutAsync("maintenance/defrag", "1", Cancelled);
    }
}
