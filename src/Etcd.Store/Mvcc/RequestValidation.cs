using System.Runtime.CompilerServices;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;

namespace Etcd.Store.Mvcc;

/// <summary>The checks that a member makes before it proposes or serves a key-value request (spec api §3).</summary>
/// <remarks>Stateless. A request that passes is well-formed all the way down, which applying relies on. Quotas are checked
/// elsewhere, before these.</remarks>
public static class RequestValidation
{
    private const int MaxDepth = 500;
    private static readonly EtcdError s_malformed = new(StatusCode.Internal, "grpc: error unmarshalling request: malformed message");

    public static EtcdError? Range(ReadOnlySpan<byte> request) => Guard(request, static bytes => Check(RangeRequestFields.Parse(bytes)));

    /// <summary>As <see cref="Range"/>, and what only the stream refuses.</summary>
    public static EtcdError? RangeStream(ReadOnlySpan<byte> request) => Guard(request, static bytes =>
    {
        RangeRequestFields range = RangeRequestFields.Parse(bytes);
        EtcdError? refusal = Check(range);
        if (refusal is not null)
            return refusal;
        if (range.SortTarget != SortTarget.Key || range.SortOrder == SortOrder.Descend)
            return EtcdError.RangeStreamCustomSort;
        bool filtered = (range.MinModRevision | range.MaxModRevision | range.MinCreateRevision | range.MaxCreateRevision) != 0;
        return filtered ? EtcdError.RangeStreamRevisionFilter : null;
    });

    public static EtcdError? Put(ReadOnlySpan<byte> request) => Guard(request, static bytes => Check(PutRequestFields.Parse(bytes)));

    public static EtcdError? DeleteRange(ReadOnlySpan<byte> request) => Guard(request, static bytes => Check(DeleteRangeRequestFields.Parse(bytes)));

    public static EtcdError? Compaction(ReadOnlySpan<byte> request) => Guard(request, static bytes =>
    {
        CompactionRequestFields.Parse(bytes);
        return null;
    });

    /// <param name="request">Encoded TxnRequest.</param>
    /// <param name="maxOperations"><c>--max-txn-ops</c>.</param>
    public static EtcdError? Txn(ReadOnlySpan<byte> request, int maxOperations)
    {
        try
        {
            return CheckTxn(request, maxOperations, depth: 0) ?? TxnWrites.Check(request);
        }
        catch (WireFormatException)
        {
            return s_malformed;
        }
    }

    /// <summary>True if no put or delete is anywhere in the (valid) TxnRequest.</summary>
    public static bool IsReadOnly(ReadOnlySpan<byte> txnRequest) => All(txnRequest, static operation => operation.Kind == RequestOpKind.Range);

    /// <summary>True if every range in the (valid, read-only) TxnRequest is serializable, so no read barrier is needed.</summary>
    public static bool IsSerializable(ReadOnlySpan<byte> txnRequest) => All(
        txnRequest,
        static operation => operation.Kind == RequestOpKind.Range && RangeRequestFields.Parse(operation.Request).Serializable);

    private static EtcdError? Guard(ReadOnlySpan<byte> request, Func<ReadOnlySpan<byte>, EtcdError?> check)
    {
        try
        {
            return check(request);
        }
        catch (WireFormatException)
        {
            return s_malformed;
        }
    }

    private static EtcdError? Check(in RangeRequestFields request)
    {
        if (request.Key.IsEmpty)
            return EtcdError.EmptyKey;
        // Not Enum.IsDefined: the numbers come from the client.
        bool known = request.SortOrder is >= SortOrder.None and <= SortOrder.Descend && request.SortTarget is >= SortTarget.Key and <= SortTarget.Value;
        return known ? null : EtcdError.InvalidSortOption;
    }

    private static EtcdError? Check(in PutRequestFields request)
    {
        if (request.Key.IsEmpty)
            return EtcdError.EmptyKey;
        if (request.IgnoreValue && !request.Value.IsEmpty)
            return EtcdError.ValueProvided;
        return request.IgnoreLease && request.Lease != 0 ? EtcdError.LeaseProvided : null;
    }

    private static EtcdError? Check(in DeleteRangeRequestFields request) => request.Key.IsEmpty ? EtcdError.EmptyKey : null;

    private static EtcdError? CheckTxn(ReadOnlySpan<byte> request, int maxOperations, int depth)
    {
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        int operations = Math.Max(txn.CompareCount, Math.Max(txn.SuccessCount, txn.FailureCount));
        if (operations > maxOperations || depth > MaxDepth)
            return EtcdError.TooManyOps;
        RuntimeHelpers.EnsureSufficientExecutionStack();
        EtcdError? refusal = null;
        foreach (ReadOnlySpan<byte> compare in txn.Compares)
        {
            if (CompareFields.Parse(compare).Key.IsEmpty)
                refusal ??= EtcdError.EmptyKey;
        }
        foreach (ReadOnlySpan<byte> operation in txn.Success)
            refusal ??= CheckOperation(operation, maxOperations - operations, depth);
        foreach (ReadOnlySpan<byte> operation in txn.Failure)
            refusal ??= CheckOperation(operation, maxOperations - operations, depth);
        return refusal;
    }

    private static EtcdError? CheckOperation(ReadOnlySpan<byte> operation, int maxOperations, int depth)
    {
        RequestOpFields fields = RequestOpFields.Parse(operation);
        return fields.Kind switch
        {
            RequestOpKind.Range => Check(RangeRequestFields.Parse(fields.Request)),
            RequestOpKind.Put => Check(PutRequestFields.Parse(fields.Request)),
            RequestOpKind.DeleteRange => Check(DeleteRangeRequestFields.Parse(fields.Request)),
            RequestOpKind.Txn => CheckTxn(fields.Request, maxOperations, depth + 1),
            _ => EtcdError.KeyNotFound, // Compat: an operation without a request is "key not found".
        };
    }

    // True if the test holds for every operation that is not a nested transaction.
    private static bool All(ReadOnlySpan<byte> request, OperationTest test)
    {
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        return All(txn.Success, test) && All(txn.Failure, test);
    }

    private static bool All(RepeatedField operations, OperationTest test)
    {
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields fields = RequestOpFields.Parse(operation);
            if (fields.Kind == RequestOpKind.Txn ? !All(fields.Request, test) : !test(fields))
                return false;
        }
        return true;
    }

    private delegate bool OperationTest(RequestOpFields operation);
}
