using Etcd.Api.Tests.Support;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

public sealed class CompactTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Compact_Revision_HidesOlderOnes(bool isPhysical)
    {
        await using ApiServer server = await ApiServer.StartAsync();
        for (int i = 0; i < 5; i++)
            await server.Client.CallAsync<PutResponse>(PutPath, Put("k", i.ToString()));
        CompactionResponse compacted = await server.Client.CallAsync<CompactionResponse>(CompactPath, new CompactionRequest { Revision = 4, Physical = isPhysical });
        Assert.Equal(6, compacted.Header.Revision);
        await server.Client.AssertRefusedAsync(EtcdError.Compacted, RangePath, new RangeRequest { Key = Bytes("k"), Revision = 3 });
        Assert.Equal("2", (await server.Client.CallAsync<RangeResponse>(RangePath, new RangeRequest { Key = Bytes("k"), Revision = 4 })).Kvs[0].Value.ToStringUtf8());
        await server.Client.AssertRefusedAsync(EtcdError.Compacted, CompactPath, new CompactionRequest { Revision = 4 });
        await server.Client.AssertRefusedAsync(EtcdError.Compacted, CompactPath, new CompactionRequest { Revision = -1 });
        await server.Client.AssertRefusedAsync(EtcdError.FutureRevision, CompactPath, new CompactionRequest { Revision = 7 });
    }
}
