using Etcd.Protocol.Wire;

namespace Etcd.Store.Apply;

/// <summary>What a write takes from the quota, in bytes (spec peer §11.3). Deletes and reads cost nothing.</summary>
public static class RequestCost
{
    public const long LeaseGrant = 64;

    /// <summary>Transactions may nest this deep; etcd's own limit is its operation limit, 128 by default.</summary>
    public const int MaxTxnDepth = 512;

    private const long PutOverhead = 256;

    /// <param name="request">Encoded PutRequest.</param>
    /// <exception cref="WireFormatException">Malformed.</exception>
    public static long Put(ReadOnlySpan<byte> request)
    {
        PutRequestFields put = PutRequestFields.Parse(request);
        return PutOverhead + put.Key.Length + put.Value.Length;
    }

    /// <summary>The dearer branch. Looks at every part of the transaction, so that one that passes is well-formed.</summary>
    /// <param name="request">Encoded TxnRequest.</param>
    /// <exception cref="WireFormatException">Malformed or nested too deeply.</exception>
    public static long Txn(ReadOnlySpan<byte> request) => Txn(request, MaxTxnDepth);

    internal static void CheckDepth(int depthLeft)
    {
        if (depthLeft == 0)
            throw new WireFormatException($"a transaction is nested more than {MaxTxnDepth} deep");
    }

    private static long Txn(ReadOnlySpan<byte> request, int depthLeft)
    {
        CheckDepth(depthLeft);
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        foreach (ReadOnlySpan<byte> compare in txn.Compares)
            CompareFields.Parse(compare);
        return Math.Max(Branch(txn.Success, depthLeft), Branch(txn.Failure, depthLeft));
    }

    private static long Branch(RepeatedField operations, int depthLeft)
    {
        long cost = 0;
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields op = RequestOpFields.Parse(operation);
            switch (op.Kind)
            {
                case RequestOpKind.Range:
                    RangeRequestFields.Parse(op.Request);
                    break;
                case RequestOpKind.Put:
                    cost += Put(op.Request);
                    break;
                case RequestOpKind.DeleteRange:
                    DeleteRangeRequestFields.Parse(op.Request);
                    break;
                case RequestOpKind.Txn:
                    cost += Txn(op.Request, depthLeft - 1);
                    break;
            }
        }
        return cost;
    }
}
