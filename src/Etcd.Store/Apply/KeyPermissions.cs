using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;
using Etcd.Store.Auth;
using Etcd.Store.Lease;

namespace Etcd.Store.Apply;

/// <summary>Which rights a key-value request needs (spec api §6.4). Requests are encoded and well-formed.</summary>
/// <remarks>Used where requests are applied, on every member, and by a member that serves a read.</remarks>
public static class KeyPermissions
{
    public static EtcdError? CheckRange(AuthView auth, Identity identity, ReadOnlySpan<byte> request)
    {
        RangeRequestFields range = RangeRequestFields.Parse(request);
        return auth.CheckRead(identity, range.Key, range.RangeEnd);
    }

    public static EtcdError? CheckPut(AuthView auth, Identity identity, ReadOnlySpan<byte> request, Lessor lessor)
    {
        PutRequestFields put = PutRequestFields.Parse(request);
        EtcdError? refusal = auth.CheckWrite(identity, put.Key, default);
        // Who puts a key on a lease can make others' keys vanish with it.
        if (refusal is null && put.Lease != 0)
            refusal = CheckLease(auth, identity, put.Lease, lessor);
        if (refusal is null && put.PreviousKeyValue)
            refusal = auth.CheckRead(identity, put.Key, default);
        return refusal;
    }

    public static EtcdError? CheckDeleteRange(AuthView auth, Identity identity, ReadOnlySpan<byte> request)
    {
        DeleteRangeRequestFields delete = DeleteRangeRequestFields.Parse(request);
        return auth.CheckWrite(identity, delete.Key, delete.RangeEnd)
            ?? (delete.PreviousKeyValues ? auth.CheckRead(identity, delete.Key, delete.RangeEnd) : null);
    }

    /// <summary>Both branches are checked, whichever will be taken.</summary>
    /// <exception cref="WireFormatException">Nested deeper than <see cref="RequestCost.MaxTxnDepth"/>.</exception>
    public static EtcdError? CheckTxn(AuthView auth, Identity identity, ReadOnlySpan<byte> request) =>
        CheckTxn(auth, identity, request, RequestCost.MaxTxnDepth);

    /// <summary>Revoking a lease, or putting a key on it, needs write permission on all its keys. An unknown lease needs none.</summary>
    public static EtcdError? CheckLease(AuthView auth, Identity identity, long leaseId, Lessor lessor) =>
        auth.Enabled && lessor.KeysOf(leaseId) is { } keys ? auth.CheckLeaseKeys(identity, keys, write: true) : null;

    private static EtcdError? CheckTxn(AuthView auth, Identity identity, ReadOnlySpan<byte> request, int depthLeft)
    {
        RequestCost.CheckDepth(depthLeft);
        TxnRequestFields txn = TxnRequestFields.Parse(request);
        foreach (ReadOnlySpan<byte> element in txn.Compares)
        {
            CompareFields compare = CompareFields.Parse(element);
            if (auth.CheckRead(identity, compare.Key, compare.RangeEnd) is { } refusal)
                return refusal;
        }
        return CheckBranch(auth, identity, txn.Success, depthLeft) ?? CheckBranch(auth, identity, txn.Failure, depthLeft);
    }

    private static EtcdError? CheckBranch(AuthView auth, Identity identity, RepeatedField operations, int depthLeft)
    {
        foreach (ReadOnlySpan<byte> operation in operations)
        {
            RequestOpFields op = RequestOpFields.Parse(operation);
            EtcdError? refusal = op.Kind switch
            {
                RequestOpKind.Range => CheckRange(auth, identity, op.Request),
                // Compat: inside a transaction neither prev_kv nor the lease of a put is checked, in any version. Members
                // must agree on who may do what, so we cannot be stricter here.
                RequestOpKind.Put => auth.CheckWrite(identity, PutRequestFields.Parse(op.Request).Key, default),
                RequestOpKind.DeleteRange => CheckDeleteRange(auth, identity, op.Request),
                RequestOpKind.Txn => CheckTxn(auth, identity, op.Request, depthLeft - 1),
                _ => null,
            };
            if (refusal is not null)
                return refusal;
        }
        return null;
    }
}
