using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Google.Protobuf;
using static Etcd.Protocol.Rpc.Compare.Types;

namespace Etcd.Client.Tests.Real;

public class KvTests(RealEtcdFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PutGetDelete_RoundTrip()
    {
        using EtcdClient client = await fixture.ClientAsync();
        PutResponse put = await client.Kv.PutAsync("kv/a", "1", Cancelled);

        KeyValue? found = await client.Kv.GetAsync("kv/a", Cancelled);
        Assert.Equal("1", found!.Value.ToStringUtf8());
        Assert.Equal(put.Header.Revision, found.ModRevision);

        DeleteRangeResponse deleted = await client.Kv.DeleteAsync(KeyRange.Prefix("kv/a"), Cancelled);
        Assert.Equal(1, deleted.Deleted);
        Assert.Null(await client.Kv.GetAsync("kv/a", Cancelled));
    }

    [Fact]
    public async Task Put_AnyBytes_ComeBackUnchanged()
    {
        using EtcdClient client = await fixture.ClientAsync();
        ByteString key = ByteString.CopyFrom([.. "kv/bytes/"u8, 0, 0xff, 0x80]);
        ByteString value = ByteString.CopyFrom([.. Enumerable.Range(0, 256).Select(unit => (byte)unit)]);
        await client.Kv.PutAsync(new PutRequest { Key = key, Value = value }, Cancelled);

        RangeResponse found = await client.Kv.RangeAsync(key, Cancelled);

        Assert.Equal(value, found.Kvs[0].Value);
    }

    [Fact]
    public async Task Range_ManyMegabytes_ArriveWhole()
    {
        using EtcdClient client = await fixture.ClientAsync();
        ByteString value = ByteString.CopyFrom(new byte[1_000_000]);
        for (int i = 0; i < 8; i++)
            await client.Kv.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8($"kv/big/{i}"), Value = value }, Cancelled);

        RangeResponse found = await client.Kv.RangeAsync(KeyRange.Prefix("kv/big/"), Cancelled);

        Assert.Equal(8_000_000, found.Kvs.Sum(pair => pair.Value.Length));
    }

    [Fact]
    public async Task Put_LargerThanTheClientSends_IsRefusedBeforeItLeaves()
    {
        using EtcdClient client = await fixture.ClientAsync();
        var request = new PutRequest { Key = ByteString.CopyFromUtf8("kv/large"), Value = ByteString.CopyFrom(new byte[2 * 1024 * 1024]) };

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => client.Kv.PutAsync(request, Cancelled));

        Assert.Equal(StatusCode.ResourceExhausted, refused.Code);
        Assert.Equal("rpc error: code = ResourceExhausted desc = trying to send message larger than max (2097167 vs. 2097152)", refused.Message);
    }

    [Fact]
    public async Task Put_LargerThanTheServerTakes_CarriesTheServersText()
    {
        using EtcdClient client = await fixture.ClientAsync();
        var request = new PutRequest { Key = ByteString.CopyFromUtf8("kv/large"), Value = ByteString.CopyFrom(new byte[1_700_000]) };

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => client.Kv.PutAsync(request, Cancelled));

        Assert.True(refused.Is(EtcdError.RequestTooLarge));
        Assert.Equal("etcdserver: request is too large", refused.Message);
        Assert.Equal(StatusCode.InvalidArgument, refused.Code);
    }

    [Fact]
    public async Task Txn_TakesTheBranchThatTheConditionsName()
    {
        using EtcdClient client = await fixture.ClientAsync();
        ByteString key = ByteString.CopyFromUtf8("kv/txn");
        Transaction Create() => client.Kv.Txn()
            .If(Condition.Missing(key))
            .Then(Operation.Put(key, ByteString.CopyFromUtf8("new")))
            .Else(Operation.Range(KeyRange.One(key)));

        Assert.True((await Create().CommitAsync(Cancelled)).Succeeded);
        TxnResponse second = await Create().CommitAsync(Cancelled);

        Assert.False(second.Succeeded);
        Assert.Equal("new", second.Responses[0].ResponseRange.Kvs[0].Value.ToStringUtf8());
        Assert.True((await client.Kv.Txn()
            .If(Condition.Version(key, CompareResult.Equal, 1), Condition.Value(key, CompareResult.Equal, ByteString.CopyFromUtf8("new")), Condition.Lease(key, CompareResult.Less, 1))
            .CommitAsync(Cancelled)).Succeeded);
    }

    [Fact]
    public async Task Range_FutureRevision_IsAnErrorWithCodeAndText()
    {
        using EtcdClient client = await fixture.ClientAsync();

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(
            () => client.Kv.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("x"), Revision = 1_000_000_000 }, Cancelled));

        Assert.Equal((StatusCode.OutOfRange, EtcdError.FutureRevision.Message), (refused.Code, refused.Message));
    }

    [Fact]
    public async Task RangeStream_ServerBefore37_IsUnimplemented()
    {
        using EtcdClient client = await fixture.ClientAsync();

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(async () =>
        {
            await foreach (RangeResponse _ in client.Kv.RangeStreamAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("x") }, Cancelled))
            {
            }
        });

        Assert.Equal(StatusCode.Unimplemented, refused.Code);
    }

    [Fact]
    public async Task Call_Cancelled_EndsAsCancellation()
    {
        using EtcdClient client = await fixture.ClientAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.Kv.GetAsync("x", cancelled.Token));
    }

    [Fact]
    public async Task Put_ThousandAtOnce_AllArrive()
    {
        using EtcdClient client = await fixture.ClientAsync();

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => client.Kv.PutAsync($"kv/many/{i}", "x", Cancelled)));

        KeyRange range = KeyRange.Prefix("kv/many/");
        Assert.Equal(1000, (await client.Kv.RangeAsync(new RangeRequest { Key = range.Key, RangeEnd = range.End, CountOnly = true }, Cancelled)).Count);
    }
}
