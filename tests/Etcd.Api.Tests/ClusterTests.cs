using Etcd.Api.Tests.Support;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;

namespace Etcd.Api.Tests;

public sealed class ClusterTests
{
    private const string Cluster = "/etcdserverpb.Cluster/";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MemberList_OneMember_HasHeaderWithoutRevision(bool isLinearizable)
    {
        await using ApiServer server = await ApiServer.StartAsync();
        MemberListResponse list = await server.Client.CallAsync<MemberListResponse>(Cluster + "MemberList", new MemberListRequest { Linearizable = isLinearizable });
        Member self = Assert.Single(list.Members);
        Assert.Equal((server.Member.MemberId, "m1", "http://127.0.0.1:1", "http://127.0.0.1:2"), (self.ID, self.Name, self.PeerURLs.Single(), self.ClientURLs.Single()));
        Assert.Equal((server.Member.ClusterId, 0), (list.Header.ClusterId, list.Header.Revision));
    }

    [Fact]
    public async Task Changes_Impossible_AreRefused()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        ApiClient client = server.Client;
        await client.AssertRefusedAsync(EtcdError.MemberBadUrls, Cluster + "MemberAdd", new MemberAddRequest());
        await client.AssertRefusedAsync(EtcdError.MemberBadUrls, Cluster + "MemberAdd", new MemberAddRequest { PeerURLs = { "ftp://x:1" } });
        await client.AssertRefusedAsync(EtcdError.MemberBadUrls, Cluster + "MemberAdd", new MemberAddRequest { PeerURLs = { "http://127.0.0.1:7/path" } });
        await client.AssertRefusedAsync(EtcdError.MemberNotFound, Cluster + "MemberRemove", new MemberRemoveRequest { ID = 7 });
        await client.AssertRefusedAsync(EtcdError.MemberNotFound, Cluster + "MemberUpdate", new MemberUpdateRequest { ID = 7, PeerURLs = { "http://127.0.0.1:8" } });
        await client.AssertRefusedAsync(EtcdError.MemberNotFound, Cluster + "MemberPromote", new MemberPromoteRequest { ID = 7 });
        await client.AssertRefusedAsync(EtcdError.MemberNotLearner, Cluster + "MemberPromote", new MemberPromoteRequest { ID = server.Member.MemberId });
    }

    [Fact]
    public async Task MemberUpdate_PeerUrls_AreReplaced()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        MemberUpdateResponse updated = await server.Client.CallAsync<MemberUpdateResponse>(
            Cluster + "MemberUpdate", new MemberUpdateRequest { ID = server.Member.MemberId, PeerURLs = { "http://127.0.0.1:11" } });
        Assert.Equal("http://127.0.0.1:11", Assert.Single(updated.Members).PeerURLs.Single());
    }
}
