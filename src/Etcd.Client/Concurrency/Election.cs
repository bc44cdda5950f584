using System.Runtime.CompilerServices;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client;

/// <summary>Choosing one leader among sessions. Compatible with etcd's own election recipe and Election service.</summary>
public sealed class Election(EtcdClient client, string name)
{
    private readonly string _prefix = name + "/";
    private Session? _session;

    /// <summary>The key that stands for the candidacy; empty without one.</summary>
    public ByteString Key { get; private set; } = ByteString.Empty;

    /// <summary>Create revision of <see cref="Key"/>.</summary>
    public long Revision { get; private set; }

    /// <summary>Header of the last response that mattered.</summary>
    public ResponseHeader? Header { get; private set; }

    /// <summary>Takes up a leadership that was won earlier, from its parts.</summary>
    public static Election Resume(Session session, string name, ByteString key, long revision) =>
        new(session.Client, name) { _session = session, Key = key, Revision = revision };

    /// <summary>Waits to become leader.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the candidacy is withdrawn.</exception>
    public async Task CampaignAsync(Session session, ByteString value, CancellationToken cancellationToken)
    {
        QueueKey place = await QueueKey.EnterAsync(session, _prefix, value, cancellationToken);
        _session = session;
        Key = place.Key;
        Revision = place.Revision;
        try
        {
            // The key may be there from before with another value.
            if (place.OldValue is not null && place.OldValue != value)
                await ProclaimAsync(value, cancellationToken);
            Header = await place.WaitForOlderAsync(client, _prefix, cancellationToken);
        }
        catch
        {
            await ResignAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Changes the leader's value without a new election.</summary>
    /// <exception cref="EtcdClientException"><see cref="EtcdError.ElectionNotLeader"/></exception>
    public async Task ProclaimAsync(ByteString value, CancellationToken cancellationToken)
    {
        if (_session is null)
            throw new EtcdClientException(EtcdError.ElectionNotLeader);
        TxnResponse response = await client.Kv.Txn()
            .If(Condition.CreateRevision(Key, Compare.Types.CompareResult.Equal, Revision))
            .Then(Operation.Put(Key, value, _session.LeaseId))
            .CommitAsync(cancellationToken);
        if (!response.Succeeded)
        {
            Key = ByteString.Empty;
            throw new EtcdClientException(EtcdError.ElectionNotLeader);
        }
        Header = response.Header;
    }

    /// <summary>Gives leadership or candidacy up.</summary>
    public async Task ResignAsync(CancellationToken cancellationToken)
    {
        if (_session is null)
            return;
        TxnResponse response = await client.Kv.Txn()
            .If(Condition.CreateRevision(Key, Compare.Types.CompareResult.Equal, Revision))
            .Then(Operation.Delete(KeyRange.One(Key)))
            .CommitAsync(cancellationToken);
        Header = response.Header;
        Key = ByteString.Empty;
        _session = null;
    }

    /// <summary>The current leader's pair, with the header it came with.</summary>
    /// <exception cref="EtcdClientException"><see cref="EtcdError.ElectionNoLeader"/></exception>
    public async Task<RangeResponse> LeaderAsync(CancellationToken cancellationToken)
    {
        RangeResponse response = await FirstAsync(cancellationToken);
        return response.Kvs.Count > 0 ? response : throw new EtcdClientException(EtcdError.ElectionNoLeader);
    }

    /// <summary>The leader now, then every new leader and every new value. Does not end by itself.</summary>
    public async IAsyncEnumerable<RangeResponse> ObserveAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            RangeResponse leader = await FirstAsync(cancellationToken);
            KeyValue pair;
            if (leader.Kvs.Count == 0)
            {
                (ResponseHeader header, pair) = await FirstPutAsync(leader.Header.Revision, cancellationToken);
                leader = new RangeResponse { Header = header, Kvs = { pair } };
            }
            pair = leader.Kvs[0];
            yield return leader;

            var options = new WatchOptions { StartRevision = pair.ModRevision + 1 };
            await using Watcher watcher = client.Watch.Open(KeyRange.One(pair.Key), options);
            bool isGone = false;
            while (!isGone)
            {
                WatchResponse response = await watcher.NextAsync(cancellationToken);
                foreach (Event change in response.Events)
                {
                    isGone = change.Type == Event.Types.EventType.Delete;
                    if (isGone)
                        break;
                    yield return new RangeResponse { Header = response.Header, Kvs = { change.Kv } };
                }
            }
        }
    }

    private Task<RangeResponse> FirstAsync(CancellationToken cancellationToken)
    {
        KeyRange contenders = KeyRange.Prefix(_prefix);
        return client.Kv.RangeAsync(new RangeRequest
        {
            Key = contenders.Key,
            RangeEnd = contenders.End,
            Limit = 1,
            SortOrder = RangeRequest.Types.SortOrder.Ascend,
            SortTarget = RangeRequest.Types.SortTarget.Create,
        }, cancellationToken);
    }

    private async Task<(ResponseHeader Header, KeyValue Pair)> FirstPutAsync(long revision, CancellationToken cancellationToken)
    {
        var options = new WatchOptions { StartRevision = revision + 1, NoDelete = true };
        await using Watcher watcher = client.Watch.Open(KeyRange.Prefix(_prefix), options);
        while (true)
        {
            WatchResponse response = await watcher.NextAsync(cancellationToken);
            if (response.Events.Count > 0)
                return (response.Header, response.Events[0].Kv);
        }
    }
}
