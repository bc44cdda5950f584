using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>A transaction in the making: conditions, what to do if all hold, what to do otherwise. Not thread-safe; commit once.</summary>
public sealed class Transaction
{
    private readonly KvClient _kv;
    private readonly TxnRequest _request = new();

    internal Transaction(KvClient kv) => _kv = kv;

    /// <summary>Adds conditions; see <see cref="Condition"/>.</summary>
    public Transaction If(params ReadOnlySpan<Compare> conditions)
    {
        foreach (Compare condition in conditions)
            _request.Compare.Add(condition);
        return this;
    }

    /// <summary>Adds operations for the case that all conditions hold; see <see cref="Operation"/>.</summary>
    public Transaction Then(params ReadOnlySpan<RequestOp> operations)
    {
        foreach (RequestOp operation in operations)
            _request.Success.Add(operation);
        return this;
    }

    /// <summary>Adds operations for the case that some condition does not hold.</summary>
    public Transaction Else(params ReadOnlySpan<RequestOp> operations)
    {
        foreach (RequestOp operation in operations)
            _request.Failure.Add(operation);
        return this;
    }

    public Task<TxnResponse> CommitAsync(CancellationToken cancellationToken) => _kv.TxnAsync(_request, cancellationToken);
}
