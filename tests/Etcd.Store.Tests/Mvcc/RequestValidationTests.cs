using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Store.Mvcc;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

public class RequestValidationTests
{
    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(2, 4, true)]
    [InlineData(3, 0, false)]
    [InlineData(0, 5, false)]
    [InlineData(-1, 0, false)]
    public void Range_SortNumbers_OnlyKnownOnes(int order, int target, bool accepted)
    {
        var request = new RangeRequest { Key = Key("a"), SortOrder = (RangeRequest.Types.SortOrder)order, SortTarget = (RangeRequest.Types.SortTarget)target };
        Assert.Equal(accepted ? null : EtcdError.InvalidSortOption, RequestValidation.Range(request.ToByteArray()));
    }

    [Fact]
    public void RangeStream_SortOrFilter_IsNotImplemented()
    {
        Assert.Null(RequestValidation.RangeStream(new RangeRequest { Key = Key("a"), SortOrder = RangeRequest.Types.SortOrder.Ascend }.ToByteArray()));
        Assert.Equal(
            EtcdError.RangeStreamCustomSort,
            RequestValidation.RangeStream(new RangeRequest { Key = Key("a"), SortOrder = RangeRequest.Types.SortOrder.Descend }.ToByteArray()));
        Assert.Equal(
            EtcdError.RangeStreamCustomSort,
            RequestValidation.RangeStream(new RangeRequest { Key = Key("a"), SortTarget = RangeRequest.Types.SortTarget.Mod }.ToByteArray()));
        Assert.Equal(
            EtcdError.RangeStreamRevisionFilter,
            RequestValidation.RangeStream(new RangeRequest { Key = Key("a"), MinModRevision = 1 }.ToByteArray()));
        Assert.Equal(EtcdError.EmptyKey, RequestValidation.RangeStream([]));
    }

    [Theory]
    [InlineData(127, true)] // Beside 127 operations there is room for one more level of one.
    [InlineData(128, false)]
    public void Txn_NestedOperations_HaveWhatTheOuterLevelLeft(int outer, bool accepted)
    {
        var txn = new TxnRequest();
        txn.Success.Add(new RequestOp { RequestTxn = new TxnRequest { Success = { Get("n") } } });
        for (int i = 1; i < outer; i++)
            txn.Success.Add(Get($"{i}"));
        Assert.Equal(accepted ? null : EtcdError.TooManyOps, RequestValidation.Txn(txn.ToByteArray(), 128));
    }

    [Fact]
    public void Txn_TooManyCompares_IsRefusedBeforeTheyAreLookedAt()
    {
        var txn = new TxnRequest();
        for (int i = 0; i < 129; i++)
            txn.Compare.Add(new Compare());
        Assert.Equal(EtcdError.TooManyOps, RequestValidation.Txn(txn.ToByteArray(), 128));
        txn.Compare.RemoveAt(0);
        Assert.Equal(EtcdError.EmptyKey, RequestValidation.Txn(txn.ToByteArray(), 128));
    }

    [Fact]
    public void Txn_NestedWithoutEnd_IsRefused()
    {
        var txn = new TxnRequest { Success = { Get("a") } };
        for (int depth = 0; depth < 3000; depth++)
            txn = new TxnRequest { Success = { new RequestOp { RequestTxn = txn } } };
        Assert.Equal(EtcdError.TooManyOps, RequestValidation.Txn(txn.ToByteArray(), 1_000_000));
    }

    [Fact]
    public void Txn_VeryManyWrites_IsCheckedQuickly()
    {
        // A million pairs of comparisons would take minutes if every put met every delete.
        var txn = new TxnRequest();
        for (int i = 0; i < 20_000; i++)
        {
            txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = Key($"p{i}") } });
            txn.Success.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Key($"d{i}"), RangeEnd = Key($"d{i}x") } });
        }
        Assert.Null(RequestValidation.Txn(txn.ToByteArray(), int.MaxValue));
        txn.Success.Add(new RequestOp { RequestDeleteRange = new DeleteRangeRequest { Key = Key("p1"), RangeEnd = Key("p2") } });
        Assert.Equal(EtcdError.DuplicateKey, RequestValidation.Txn(txn.ToByteArray(), int.MaxValue));
    }

    [Fact]
    public void Malformed_AnyRequest_IsARefusalNotACrash()
    {
        byte[] garbage = [0x0a, 0xff, 0xff, 0xff, 0x7f];
        EtcdError?[] refusals =
        [
            RequestValidation.Range(garbage), RequestValidation.Put(garbage), RequestValidation.DeleteRange(garbage),
            RequestValidation.Txn(garbage, 128), RequestValidation.Compaction(garbage), RequestValidation.RangeStream(garbage),
        ];
        Assert.All(refusals, refusal => Assert.Equal(StatusCode.Internal, refusal?.Code));
        byte[] deep = [0x12, 0x03, 0x12, 0x01, 0xff]; // A txn with an operation with a put that is not one.
        Assert.Equal(StatusCode.Internal, RequestValidation.Txn(deep, 128)?.Code);
    }

    [Fact]
    public void IsReadOnly_And_IsSerializable_LookIntoNestedTransactions()
    {
        RequestOp local = new() { RequestRange = new RangeRequest { Key = Key("a"), Serializable = true } };
        byte[] serializable = new TxnRequest { Success = { local, new RequestOp { RequestTxn = new TxnRequest { Failure = { local } } } } }.ToByteArray();
        byte[] linearizable = new TxnRequest { Success = { local, new RequestOp { RequestTxn = new TxnRequest { Failure = { Get("b") } } } } }.ToByteArray();
        byte[] writing = new TxnRequest
        {
            Success = { new RequestOp { RequestTxn = new TxnRequest { Failure = { new RequestOp { RequestPut = new PutRequest { Key = Key("b") } } } } } },
        }.ToByteArray();
        Assert.Equal((true, true), (RequestValidation.IsReadOnly(serializable), RequestValidation.IsSerializable(serializable)));
        Assert.Equal((true, false), (RequestValidation.IsReadOnly(linearizable), RequestValidation.IsSerializable(linearizable)));
        Assert.False(RequestValidation.IsReadOnly(writing));
    }

    private static RequestOp Get(string key) => new() { RequestRange = new RangeRequest { Key = Key(key) } };

    private static ByteString Key(string text) => ByteString.CopyFromUtf8(text);
}
