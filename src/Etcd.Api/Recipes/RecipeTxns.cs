using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Api.Recipes;

/// <summary>The two transactions that locks and elections are made of.</summary>
internal static class RecipeTxns
{
    public static TxnRequest IfAbsent(ByteString key, RequestOp then, RequestOp otherwise)
    {
        TxnRequest txn = IfCreatedAt(key, 0, then);
        txn.Failure.Add(otherwise);
        return txn;
    }

    /// <summary>Does something if the key is still the one created at that revision.</summary>
    public static TxnRequest IfCreatedAt(ByteString key, long createRevision, RequestOp then) => new()
    {
        Compare =
        {
            new Compare
            {
                Key = key,
                Target = Compare.Types.CompareTarget.Create,
                Result = Compare.Types.CompareResult.Equal,
                CreateRevision = createRevision,
            },
        },
        Success = { then },
    };
}
