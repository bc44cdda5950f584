using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client;

/// <summary>A place in the queue that locks and elections share: one key per contender, the oldest one wins.</summary>
/// <param name="Key"><c>name/lease-in-hex</c>.</param>
/// <param name="Revision">Its create revision: the place in the queue.</param>
/// <param name="OldValue">The key's value if it was there already, else null.</param>
/// <param name="Owner">The pair of whoever was first at that moment; null if nobody was.</param>
internal readonly record struct QueueKey(ByteString Key, long Revision, ByteString? OldValue, KeyValue? Owner, ResponseHeader Header)
{
    /// <summary>Writes the key unless it is there already, and looks who is first.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; a key that is written all the same is taken back in the background.</exception>
    public static async Task<QueueKey> EnterAsync(Session session, string prefix, ByteString value, CancellationToken cancellationToken)
    {
        ByteString key = ByteString.CopyFromUtf8($"{prefix}{session.LeaseId:x}");
        KeyRange contenders = KeyRange.Prefix(prefix);
        var first = new RangeRequest
        {
            Key = contenders.Key,
            RangeEnd = contenders.End,
            Limit = 1,
            SortOrder = RangeRequest.Types.SortOrder.Ascend,
            SortTarget = RangeRequest.Types.SortTarget.Create,
        };
        Task<TxnResponse> entering = session.Client.Kv.Txn()
            .If(Condition.Missing(key))
            .Then(Operation.Put(key, value, session.LeaseId), Operation.Range(first))
            .Else(Operation.Range(KeyRange.One(key)), Operation.Range(first))
            .CommitAsync(CancellationToken.None);
        TxnResponse response;
        try
        {
            response = await entering.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The server may write the key although nobody waits for its answer any more.
            _ = WithdrawAsync(session.Client, key, entering);
            throw;
        }
        KeyValue? old = response.Succeeded ? null : response.Responses[0].ResponseRange.Kvs[0];
        RangeResponse owner = response.Responses[1].ResponseRange;
        return new QueueKey(key, old?.CreateRevision ?? response.Header.Revision, old?.Value, owner.Kvs.Count > 0 ? owner.Kvs[0] : null, response.Header);
    }

    /// <summary>Whether nobody stands before this key.</summary>
    public bool IsFirst => Owner is null || Owner.CreateRevision == Revision;

    /// <summary>Waits until every key that is older than this one is gone.</summary>
    public async Task<ResponseHeader> WaitForOlderAsync(EtcdClient client, string prefix, CancellationToken cancellationToken)
    {
        KeyRange contenders = KeyRange.Prefix(prefix);
        while (true)
        {
            RangeResponse older = await client.Kv.RangeAsync(new RangeRequest
            {
                Key = contenders.Key,
                RangeEnd = contenders.End,
                Limit = 1,
                SortOrder = RangeRequest.Types.SortOrder.Descend,
                SortTarget = RangeRequest.Types.SortTarget.Create,
                MaxCreateRevision = Revision - 1,
            }, cancellationToken);
            if (older.Kvs.Count == 0)
                return older.Header;
            await WaitForDeleteAsync(client, older.Kvs[0].Key, older.Header.Revision, cancellationToken);
        }
    }

    /// <summary>Takes a key back that was written for a caller who left, unless it was there before. If that fails, the key ends with
    /// its lease.</summary>
    private static async Task WithdrawAsync(EtcdClient client, ByteString key, Task<TxnResponse> entering)
    {
        try
        {
            TxnResponse response = await entering;
            if (!response.Succeeded)
                return;
            await client.Kv.Txn()
                .If(Condition.CreateRevision(key, Compare.Types.CompareResult.Equal, response.Header.Revision))
                .Then(Operation.Delete(KeyRange.One(key)))
                .CommitAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is EtcdClientException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody is left to be told.
        }
    }

    private static async Task WaitForDeleteAsync(EtcdClient client, ByteString key, long revision, CancellationToken cancellationToken)
    {
        // From the revision of the read on: a delete in between must not be missed.
        var options = new WatchOptions { StartRevision = revision, NoPut = true };
        await foreach (WatchResponse response in client.Watch.WatchAsync(KeyRange.One(key), options, cancellationToken))
        {
            if (response.Events.Count > 0)
                return;
        }
    }
}
