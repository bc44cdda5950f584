using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client;

/// <summary>Operations of a transaction.</summary>
public static class Operation
{
    public static RequestOp Range(RangeRequest request) => new() { RequestRange = request };

    public static RequestOp Range(KeyRange range) => Range(new RangeRequest { Key = range.Key, RangeEnd = range.End });

    public static RequestOp Put(PutRequest request) => new() { RequestPut = request };

    public static RequestOp Put(ByteString key, ByteString value, long leaseId = 0) => Put(new PutRequest { Key = key, Value = value, Lease = leaseId });

    public static RequestOp Delete(DeleteRangeRequest request) => new() { RequestDeleteRange = request };

    public static RequestOp Delete(KeyRange range) => Delete(new DeleteRangeRequest { Key = range.Key, RangeEnd = range.End });

    /// <summary>A transaction inside the transaction.</summary>
    public static RequestOp Txn(TxnRequest request) => new() { RequestTxn = request };
}
