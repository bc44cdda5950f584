using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>Software transactional memory: reads and writes that take effect together or are run again.</summary>
public static class Stm
{
    /// <summary>Runs <paramref name="apply"/> until nothing it read (and, where the isolation asks for it, wrote) changed meanwhile, then commits its writes.</summary>
    /// <param name="apply">May run several times; must have no effect outside the transaction.</param>
    public static async Task<TxnResponse> RunAsync(
        EtcdClient client, StmIsolation isolation, Func<StmTransaction, CancellationToken, Task> apply, CancellationToken cancellationToken)
    {
        // What a failed commit brings along: the fresh values of everything read, for the next run.
        Dictionary<string, RangeResponse> prefetched = [];
        while (true)
        {
            var transaction = new StmTransaction(client, isolation, prefetched);
            await apply(transaction, cancellationToken);
            TxnResponse response = await transaction.CommitAsync(cancellationToken);
            if (response.Succeeded)
                return response;
            prefetched = transaction.Prefetched(response);
        }
    }
}

/// <summary>What other writers may change between a transaction's reads and its commit.</summary>
public enum StmIsolation
{
    /// <summary>All reads are from one revision, and neither read nor written keys have changed since.</summary>
    SerializableSnapshot,

    /// <summary>All reads are from one revision, and read keys have not changed since.</summary>
    Serializable,

    /// <summary>Read keys have not changed since each was read.</summary>
    RepeatableReads,

    /// <summary>Reads see committed values; nothing is checked.</summary>
    ReadCommitted,
}
