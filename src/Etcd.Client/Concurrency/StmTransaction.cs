using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client;

/// <summary>One run of an <see cref="Stm"/> body. Not thread-safe.</summary>
public sealed class StmTransaction
{
    private readonly EtcdClient _client;
    private readonly StmIsolation _isolation;
    private readonly Dictionary<string, RangeResponse> _prefetched;
    // Insertion order is the order of the fallback reads, by which Prefetched finds them again.
    private readonly List<string> _readOrder = [];
    private readonly Dictionary<string, RangeResponse> _reads = [];
    private readonly Dictionary<string, RequestOp> _writes = [];
    private long _snapshotRevision;

    internal StmTransaction(EtcdClient client, StmIsolation isolation, Dictionary<string, RangeResponse> prefetched)
    {
        _client = client;
        _isolation = isolation;
        _prefetched = prefetched;
    }

    /// <summary>The value of a key as this transaction sees it; null if there is none.</summary>
    public async Task<string?> GetAsync(string key, CancellationToken cancellationToken)
    {
        if (_writes.TryGetValue(key, out RequestOp? write))
            return write.RequestPut?.Value.ToStringUtf8();
        return (await ReadAsync(key, cancellationToken))?.Value.ToStringUtf8();
    }

    /// <param name="leaseId">0 for none.</param>
    public void Put(string key, string value, long leaseId = 0) =>
        _writes[key] = Operation.Put(ByteString.CopyFromUtf8(key), ByteString.CopyFromUtf8(value), leaseId);

    public void Delete(string key) => _writes[key] = Operation.Delete(KeyRange.One(key));

    internal Task<TxnResponse> CommitAsync(CancellationToken cancellationToken)
    {
        Transaction transaction = _client.Kv.Txn();
        foreach (string key in _readOrder)
        {
            if (_isolation != StmIsolation.ReadCommitted)
                transaction.If(Unchanged(key, _reads[key]));
            transaction.Else(Operation.Range(KeyRange.One(key)));
        }
        if (_isolation == StmIsolation.SerializableSnapshot)
        {
            foreach (string key in _writes.Keys)
                transaction.If(Condition.ModRevision(ByteString.CopyFromUtf8(key), Compare.Types.CompareResult.Less, OldestReadRevision() + 1));
        }
        foreach (RequestOp write in _writes.Values)
            transaction.Then(write);
        return transaction.CommitAsync(cancellationToken);
    }

    /// <summary>What the failed commit read instead of writing.</summary>
    internal Dictionary<string, RangeResponse> Prefetched(TxnResponse failed)
    {
        Dictionary<string, RangeResponse> fresh = [];
        // Only whole snapshots may be carried over: their keys were all read at the revision of the failed commit.
        for (int i = 0; i < _readOrder.Count; i++)
        {
            RangeResponse read = failed.Responses[i].ResponseRange;
            read.Header.Revision = failed.Header.Revision;
            fresh[_readOrder[i]] = read;
        }
        return fresh;
    }

    private async Task<KeyValue?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        if (!_reads.TryGetValue(key, out RangeResponse? read))
        {
            bool readsSnapshot = _isolation is StmIsolation.Serializable or StmIsolation.SerializableSnapshot;
            if (!_prefetched.TryGetValue(key, out read) || (readsSnapshot && _snapshotRevision != 0 && read.Header.Revision != _snapshotRevision))
            {
                KeyRange range = KeyRange.One(key);
                long revision = readsSnapshot ? _snapshotRevision : 0;
                read = await _client.Kv.RangeAsync(new RangeRequest { Key = range.Key, Revision = revision, Serializable = revision != 0 }, cancellationToken);
            }
            if (_snapshotRevision == 0)
                _snapshotRevision = read.Header.Revision;
            _reads.Add(key, read);
            _readOrder.Add(key);
        }
        return read.Kvs.Count > 0 ? read.Kvs[0] : null;
    }

    private static Compare Unchanged(string key, RangeResponse read) =>
        Condition.ModRevision(ByteString.CopyFromUtf8(key), Compare.Types.CompareResult.Equal, read.Kvs.Count > 0 ? read.Kvs[0].ModRevision : 0);

    // Without a read there is no point in time to compare with, so any current state will do.
    private long OldestReadRevision() => _snapshotRevision == 0 ? long.MaxValue - 1 : _snapshotRevision;
}
