using Etcd.Api.Tests.Support;
using Etcd.Grpc;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Google.Protobuf;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

public sealed class KvTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private ApiClient Client => fixture.Server.Client;

    [Fact]
    public async Task Put_Key_IsReadBackWithFullHeader()
    {
        PutResponse put = await Client.CallAsync<PutResponse>(PutPath, Put("put/a", "one"));
        Assert.Equal((fixture.Server.Member.ClusterId, fixture.Server.Member.MemberId), (put.Header.ClusterId, put.Header.MemberId));
        Assert.True(put.Header.RaftTerm > 0);
        RangeResponse range = await Client.CallAsync<RangeResponse>(RangePath, Get("put/a"));
        Assert.Equal(1, range.Count);
        Assert.Equal(("one", put.Header.Revision), (range.Kvs[0].Value.ToStringUtf8(), range.Kvs[0].ModRevision));
    }

    [Fact]
    public async Task Put_PreviousAsked_BringsItBack()
    {
        await Client.CallAsync<PutResponse>(PutPath, Put("put/prev", "one"));
        PutResponse second = await Client.CallAsync<PutResponse>(PutPath, new PutRequest { Key = Bytes("put/prev"), Value = Bytes("two"), PrevKv = true });
        Assert.Equal("one", second.PrevKv.Value.ToStringUtf8());
    }

    public static TheoryData<string, string, GrpcStatus> Refusals => new()
    {
        { PutPath, "empty key", EtcdError.EmptyKey },
        { PutPath, "value given", EtcdError.ValueProvided },
        { PutPath, "lease given", EtcdError.LeaseProvided },
        { PutPath, "unknown lease", EtcdError.LeaseNotFound },
        { PutPath, "ignore value of nothing", EtcdError.KeyNotFound },
        { PutPath, "ignore lease of nothing", EtcdError.KeyNotFound },
        { PutPath, "too large", EtcdError.RequestTooLarge },
        { RangePath, "empty key", EtcdError.EmptyKey },
        { RangePath, "sort order", EtcdError.InvalidSortOption },
        { RangePath, "sort target", EtcdError.InvalidSortOption },
        { RangePath, "future", EtcdError.FutureRevision },
        { DeletePath, "empty key", EtcdError.EmptyKey },
        { TxnPath, "too many", EtcdError.TooManyOps },
        { TxnPath, "empty op", EtcdError.KeyNotFound },
        { TxnPath, "compare without key", EtcdError.EmptyKey },
        { TxnPath, "put without key", EtcdError.EmptyKey },
        { TxnPath, "same key twice", EtcdError.DuplicateKey },
        { TxnPath, "put in deleted range", EtcdError.DuplicateKey },
        { TxnPath, "nested too many", EtcdError.TooManyOps },
        { TxnPath, "inner future", EtcdError.FutureRevision },
        { CompactPath, "future", EtcdError.FutureRevision },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Request_Invalid_IsRefusedInEtcdsWords(string path, string name, GrpcStatus expected) =>
        await Client.AssertRefusedAsync(expected, path, InvalidRequest(path, name));

    [Fact]
    public async Task Txn_Branches_AnswerWithInnerHeaders()
    {
        TxnRequest request = Txn(Op(Put("txn/a", "1")), Op(GetPrefix("txn/")));
        request.Compare.Add(new Compare { Key = Bytes("txn/a"), Target = Compare.Types.CompareTarget.Version, Version = 0 });
        request.Failure.Add(Op(Get("txn/a")));
        TxnResponse first = await Client.CallAsync<TxnResponse>(TxnPath, request);
        Assert.True(first.Succeeded);
        Assert.Equal(first.Header.Revision, first.Responses[0].ResponsePut.Header.Revision);
        Assert.Equal(1, first.Responses[1].ResponseRange.Count);
        TxnResponse second = await Client.CallAsync<TxnResponse>(TxnPath, request);
        Assert.False(second.Succeeded);
        Assert.Equal("1", second.Responses[0].ResponseRange.Kvs[0].Value.ToStringUtf8());
        Assert.Equal(first.Header.Revision, second.Header.Revision);
    }

    [Fact]
    public async Task Txn_Empty_Succeeds() =>
        Assert.True((await Client.CallAsync<TxnResponse>(TxnPath, new TxnRequest())).Succeeded);

    [Fact]
    public async Task Delete_Range_CountsAndReturnsPairs()
    {
        foreach (string key in new[] { "del/a", "del/b", "del/c" })
            await Client.CallAsync<PutResponse>(PutPath, Put(key));
        DeleteRangeResponse deleted = await Client.CallAsync<DeleteRangeResponse>(DeletePath, new DeleteRangeRequest { Key = Bytes("del/a"), RangeEnd = Bytes("del/c"), PrevKv = true });
        Assert.Equal(2, deleted.Deleted);
        Assert.Equal(["del/a", "del/b"], deleted.PrevKvs.Select(pair => pair.Key.ToStringUtf8()));
        DeleteRangeResponse nothing = await Client.CallAsync<DeleteRangeResponse>(DeletePath, Delete("del/none"));
        Assert.Equal((0, deleted.Header.Revision), (nothing.Deleted, nothing.Header.Revision));
    }

    [Fact]
    public async Task Range_LargeAnswer_ArrivesWhole()
    {
        const int Keys = 300;
        ByteString value = ByteString.CopyFrom(new byte[10_000]);
        for (int i = 0; i < Keys; i++)
            await Client.CallAsync<PutResponse>(PutPath, new PutRequest { Key = Bytes($"large/{i:000}"), Value = value });
        RangeResponse all = await Client.CallAsync<RangeResponse>(RangePath, GetPrefix("large/"));
        Assert.Equal(Keys, all.Kvs.Count);
        Assert.All(all.Kvs, pair => Assert.Equal(value.Length, pair.Value.Length));

        List<RangeStreamResponse> chunks = await Client.ReadAllAsync<RangeStreamResponse>("/etcdserverpb.KV/RangeStream", GetPrefix("large/"));
        Assert.True(chunks.Count > 1);
        Assert.Equal(all.Kvs, chunks.SelectMany(chunk => chunk.RangeResponse.Kvs));
        Assert.All(chunks[..^1], chunk => Assert.Null(chunk.RangeResponse.Header));
        Assert.Equal((all.Header, all.Count, all.More), (chunks[^1].RangeResponse.Header, chunks[^1].RangeResponse.Count, chunks[^1].RangeResponse.More));
    }

    [Theory]
    [InlineData("count")]
    [InlineData("empty")]
    [InlineData("limit")]
    public async Task RangeStream_SmallAnswers_EqualRange(string name)
    {
        for (int i = 0; i < 25; i++)
            await Client.CallAsync<PutResponse>(PutPath, Put($"small/{i:00}"));
        RangeRequest request = GetPrefix(name == "empty" ? "smaller/" : "small/");
        request.CountOnly = name == "count";
        request.Limit = name == "limit" ? 17 : 0;
        RangeResponse whole = await Client.CallAsync<RangeResponse>(RangePath, request);
        List<RangeStreamResponse> chunks = await Client.ReadAllAsync<RangeStreamResponse>("/etcdserverpb.KV/RangeStream", request);
        var merged = new RangeResponse();
        chunks.ForEach(chunk => merged.MergeFrom(chunk.RangeResponse));
        Assert.Equal(whole, merged);
    }

    [Theory]
    [InlineData("sort")]
    [InlineData("filter")]
    public async Task RangeStream_Unsupported_IsUnimplemented(string name)
    {
        RangeRequest request = Get("x");
        if (name == "sort")
            request.SortOrder = RangeRequest.Types.SortOrder.Descend;
        else
            request.MinModRevision = 5;
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => Client.ReadAllAsync<RangeStreamResponse>("/etcdserverpb.KV/RangeStream", request));
        Assert.Equal(name == "sort" ? EtcdError.RangeStreamCustomSort : EtcdError.RangeStreamRevisionFilter, refusal.Status);
    }

    [Theory]
    [InlineData(PutPath)]
    [InlineData(RangePath)]
    [InlineData(DeletePath)]
    [InlineData(TxnPath)]
    [InlineData(CompactPath)]
    [InlineData("/etcdserverpb.Lease/LeaseGrant")]
    [InlineData("/etcdserverpb.Lease/LeaseRevoke")]
    [InlineData("/etcdserverpb.Maintenance/Alarm")]
    [InlineData("/etcdserverpb.Auth/UserAdd")]
    [InlineData("/etcdserverpb.Auth/UserGet")]
    [InlineData("/etcdserverpb.Auth/UserDelete")]
    [InlineData("/etcdserverpb.Auth/UserGrantRole")]
    [InlineData("/etcdserverpb.Auth/RoleAdd")]
    [InlineData("/etcdserverpb.Auth/RoleGrantPermission")]
    [InlineData("/etcdserverpb.Auth/RoleRevokePermission")]
    [InlineData("/grpc.health.v1.Health/Check")]
    public async Task Request_NoProtobuf_IsInternal(string path)
    {
        // Every field number claims five bytes and has one.
        (string code, string message) = await fixture.Server.PostRawAsync(path, [10, 5, 97]);
        Assert.Equal("13", code);
        Assert.StartsWith("grpc: error unmarshalling request: ", message, StringComparison.Ordinal);
    }

    private static IMessage InvalidRequest(string path, string name) => (path, name) switch
    {
        (PutPath, "empty key") => new PutRequest { Value = Bytes("v") },
        (PutPath, "value given") => new PutRequest { Key = Bytes("k"), Value = Bytes("v"), IgnoreValue = true },
        (PutPath, "lease given") => new PutRequest { Key = Bytes("k"), Lease = 5, IgnoreLease = true },
        (PutPath, "unknown lease") => Put("k", lease: 12345),
        (PutPath, "ignore value of nothing") => new PutRequest { Key = Bytes("never"), IgnoreValue = true },
        (PutPath, "ignore lease of nothing") => new PutRequest { Key = Bytes("never"), IgnoreLease = true },
        (PutPath, "too large") => new PutRequest { Key = Bytes("k"), Value = ByteString.CopyFrom(new byte[1_600_000]) },
        (RangePath, "empty key") => new RangeRequest(),
        (RangePath, "sort order") => new RangeRequest { Key = Bytes("k"), SortOrder = (RangeRequest.Types.SortOrder)9 },
        (RangePath, "sort target") => new RangeRequest { Key = Bytes("k"), SortTarget = (RangeRequest.Types.SortTarget)9 },
        (RangePath, "future") => new RangeRequest { Key = Bytes("k"), Revision = 1_000_000 },
        (DeletePath, "empty key") => new DeleteRangeRequest(),
        (TxnPath, "too many") => Txn([.. Enumerable.Range(0, 129).Select(i => Op(Get($"k{i}")))]),
        (TxnPath, "empty op") => Txn(new RequestOp()),
        (TxnPath, "compare without key") => new TxnRequest { Compare = { new Compare() } },
        (TxnPath, "put without key") => Txn(Op(new PutRequest())),
        (TxnPath, "same key twice") => Txn(Op(Put("k", "1")), Op(Put("k", "2"))),
        (TxnPath, "put in deleted range") => Txn(Op(Put("kb")), Op(new DeleteRangeRequest { Key = Bytes("ka"), RangeEnd = Bytes("kz") })),
        (TxnPath, "nested too many") => Txn([.. Enumerable.Range(0, 127).Select(i => Op(Get($"k{i}"))), Op(Txn(Op(Get("a")), Op(Get("b"))))]),
        (TxnPath, "inner future") => Txn(Op(new RangeRequest { Key = Bytes("k"), Revision = 1_000_000 }), Op(Put("k"))),
        (CompactPath, "future") => new CompactionRequest { Revision = 1_000_000 },
        _ => throw new ArgumentException(name),
    };
}
