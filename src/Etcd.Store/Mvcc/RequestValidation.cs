using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;

namespace Etcd.Store.Mvcc;

/// <summary>The checks that a member makes before it proposes or serves a key-value request (spec api §3).</summary>
/// <remarks>Stateless. A request that passes is well-formed all the way down, which applying relies on; malformed bytes throw
/// <see cref="WireFormatException"/>.</remarks>
public static class RequestValidation
{
    public static EtcdError? Range(ReadOnlySpan<byte> request)
    {
        RangeRequestFields range = RangeRequestFields.Parse(request);
        if (range.Key.IsEmpty)
            return EtcdError.EmptyKey;
        bool known = range.SortOrder is SortOrder.None or SortOrder.Ascend or SortOrder.Descend
            && range.SortTarget is >= SortTarget.Key and <= SortTarget.Value;
        return known ? null : EtcdError.InvalidSortOption;
    }

    public static EtcdError? Put(ReadOnlySpan<byte> request)
    {
        PutRequestFields put = PutRequestFields.Parse(request);
        if (put.Key.IsEmpty)
            return EtcdError.EmptyKey;
        if (put.IgnoreValue && !put.Value.IsEmpty)
            return EtcdError.ValueProvided;
        return put.IgnoreLease && put.Lease != 0 ? EtcdError.LeaseProvided : null;
    }

    public static EtcdError? DeleteRange(ReadOnlySpan<byte> request) =>
        DeleteRangeRequestFields.Parse(request).Key.IsEmpty ? EtcdError.EmptyKey : null;

    /// <param name="request">Encoded TxnRequest.</param>
    /// <param name="maxOperations"><c>--max-txn-ops</c>.</param>
    public static EtcdError? Txn(ReadOnlySpan<byte> request, int maxOperations)
    {
        if (CheckShape(request, maxOperations) is { } refusal)
            return refusal;
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        return CheckDuplicates(txn.SuccessCount, txn.Success) ?? CheckDuplicates(txn.FailureCount, txn.Failure);
    }

    /// <summary>True if no put or delete is anywhere in the (valid) TxnRequest.</summary>
    public static bool IsReadOnly(ReadOnlySpan<byte> txnRequest)
    {
        TxnRequestFields txn = TxnRequestFields.Parse(txnRequest);
        return IsReadOnly(txn.Success) && IsReadOnly(txn.Failure);
    }

    /// <summary>True if every range in the (valid, read-only) TxnRequest is serializable, so no read barrier is needed.</summary>
    public static bool IsSerializable(ReadOnlySpan<byte> txnRequest)
    {
        TxnRequestFields txn = TxnRequestFields.Parse(txnRequest);
        return IsSerializable(txn.Success) && IsSerializable(txn.Failure);
    }

    /// <summary>Limits, keys and single operations. Each level of nesting has as many operations left as the level above did
    /// not use, so the depth is bounded too.</summary>
    private static EtcdError? CheckShape(ReadOnlySpan<byte> request, int operationsLeft)
    {
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        int used = Math.Max(txn.CompareCount, Math.Max(txn.SuccessCount, txn.FailureCount));
        if (used > operationsLeft)
            return EtcdError.TooManyOps;
        foreach (ReadOnlySpan<byte> compare in txn.Compares)
        {
            if (CompareFields.Parse(compare).Key.IsEmpty)
                return EtcdError.EmptyKey;
        }
        return CheckOperations(txn.Success, operationsLeft - used) ?? CheckOperations(txn.Failure, operationsLeft - used);
    }

    private static EtcdError? CheckOperations(RepeatedField operations, int operationsLeft)
    {
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields op = RequestOpFields.Parse(operation);
            EtcdError? refusal = op.Kind switch
            {
                RequestOpKind.Range => Range(op.Request),
                RequestOpKind.Put => Put(op.Request),
                RequestOpKind.DeleteRange => DeleteRange(op.Request),
                RequestOpKind.Txn => CheckShape(op.Request, operationsLeft),
                _ => EtcdError.KeyNotFound, // Compat: etcd's answer to an operation that holds no request.
            };
            if (refusal is not null)
                return refusal;
        }
        return null;
    }

    private static EtcdError? CheckDuplicates(int count, RepeatedField operations)
    {
        // One plain operation cannot collide with anything: the common case costs nothing.
        if (count == 0 || (count == 1 && !HoldsTxn(operations)))
            return null;
        return TxnWrites.TryCollect(operations, out _) ? null : EtcdError.DuplicateKey;
    }

    private static bool HoldsTxn(RepeatedField operations)
    {
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            if (RequestOpFields.Parse(operation).Kind == RequestOpKind.Txn)
                return true;
        }
        return false;
    }

    private static bool IsReadOnly(RepeatedField operations)
    {
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields op = RequestOpFields.Parse(operation);
            if (op.Kind is RequestOpKind.Put or RequestOpKind.DeleteRange || (op.Kind == RequestOpKind.Txn && !IsReadOnly(op.Request)))
                return false;
        }
        return true;
    }

    private static bool IsSerializable(RepeatedField operations)
    {
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields op = RequestOpFields.Parse(operation);
            bool waits = op.Kind switch
            {
                RequestOpKind.Range => !RangeRequestFields.Parse(op.Request).Serializable,
                RequestOpKind.Txn => !IsSerializable(op.Request),
                _ => false,
            };
            if (waits)
                return false;
        }
        return true;
    }
}
