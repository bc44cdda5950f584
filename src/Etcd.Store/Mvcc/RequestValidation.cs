using Etcd.Protocol.Errors;

namespace Etcd.Store.Mvcc;

/// <summary>The checks that a member makes before it proposes or serves a key-value request (spec api §3).</summary>
/// <remarks>Stateless. A request that passes is well-formed all the way down, which applying relies on.</remarks>
public static class RequestValidation
{
    public static EtcdError? Range(ReadOnlySpan<byte> request) => throw new NotSupportedException();

    public static EtcdError? Put(ReadOnlySpan<byte> request) => throw new NotSupportedException();

    public static EtcdError? DeleteRange(ReadOnlySpan<byte> request) => throw new NotSupportedException();

    /// <param name="request">Encoded TxnRequest.</param>
    /// <param name="maxOperations"><c>--max-txn-ops</c>.</param>
    public static EtcdError? Txn(ReadOnlySpan<byte> request, int maxOperations) => throw new NotSupportedException();

    /// <summary>True if no put or delete is anywhere in the (valid) TxnRequest.</summary>
    public static bool IsReadOnly(ReadOnlySpan<byte> txnRequest) => throw new NotSupportedException();

    /// <summary>True if every range in the (valid, read-only) TxnRequest is serializable, so no read barrier is needed.</summary>
    public static bool IsSerializable(ReadOnlySpan<byte> txnRequest) => throw new NotSupportedException();
}
