using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Api.Tests.Support;

/// <summary>Requests in few words.</summary>
internal static class Requests
{
    public const string RangePath = "/etcdserverpb.KV/Range";
    public const string PutPath = "/etcdserverpb.KV/Put";
    public const string DeletePath = "/etcdserverpb.KV/DeleteRange";
    public const string TxnPath = "/etcdserverpb.KV/Txn";
    public const string CompactPath = "/etcdserverpb.KV/Compact";
    public const string WatchPath = "/etcdserverpb.Watch/Watch";

    public static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    public static PutRequest Put(string key, string value = "v", long lease = 0) => new() { Key = Bytes(key), Value = Bytes(value), Lease = lease };

    public static RangeRequest Get(string key) => new() { Key = Bytes(key) };

    /// <summary>All keys that begin with <paramref name="prefix"/>, whose last letter must not be the last of all.</summary>
    public static RangeRequest GetPrefix(string prefix) => new() { Key = Bytes(prefix), RangeEnd = Bytes(EndOf(prefix)) };

    public static DeleteRangeRequest Delete(string key) => new() { Key = Bytes(key) };

    public static RequestOp Op(PutRequest put) => new() { RequestPut = put };

    public static RequestOp Op(RangeRequest range) => new() { RequestRange = range };

    public static RequestOp Op(DeleteRangeRequest delete) => new() { RequestDeleteRange = delete };

    public static RequestOp Op(TxnRequest txn) => new() { RequestTxn = txn };

    public static TxnRequest Txn(params RequestOp[] success)
    {
        var txn = new TxnRequest();
        txn.Success.AddRange(success);
        return txn;
    }

    public static string EndOf(string prefix) => prefix[..^1] + (char)(prefix[^1] + 1);
}
