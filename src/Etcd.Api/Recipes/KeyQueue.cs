using System.Globalization;
using Etcd.Grpc.Server;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Api.Recipes;

/// <summary>Keys under one prefix, in the order of their creation: the oldest is the owner (of a lock, of an election).</summary>
internal sealed class KeyQueue
{
    private readonly InProcessKv _kv;
    private readonly ByteString _prefix;
    private readonly ByteString _prefixEnd;

    public KeyQueue(InProcessKv kv, ByteString name)
    {
        _kv = kv;
        _prefix = ByteString.CopyFrom([.. name.Span, (byte)'/']);
        // The byte after '/'.
        _prefixEnd = ByteString.CopyFrom([.. name.Span, (byte)'0']);
    }

    /// <summary>The key that the holder of a lease stands in the queue with.</summary>
    public ByteString KeyOf(long leaseId) =>
        ByteString.CopyFrom([.. _prefix.Span, .. System.Text.Encoding.ASCII.GetBytes(leaseId.ToString("x", CultureInfo.InvariantCulture))]);

    /// <summary>The owner's key, or null if the queue is empty; and the revision that the answer is of.</summary>
    public async ValueTask<(KeyValue? Owner, long Revision)> FindOwnerAsync(ServerCall call)
    {
        RangeResponse found = await _kv.RangeAsync(call, OldestFirst());
        return (found.Kvs.FirstOrDefault(), found.Header.Revision);
    }

    /// <summary>Waits for the first key that is put into the queue from a revision on.</summary>
    public async ValueTask<KeyValue> WaitForFirstAsync(long startRevision, CancellationToken cancellationToken)
    {
        await foreach (Event happened in _kv.WatchAsync(_prefix, _prefixEnd, startRevision, cancellationToken))
        {
            if (happened.Type == Event.Types.EventType.Put)
                return happened.Kv;
        }
        throw new OperationCanceledException(cancellationToken);
    }

    /// <summary>Waits until no key that was created before <paramref name="createRevision"/> is left.</summary>
    public async ValueTask WaitForOlderAsync(ServerCall call, long createRevision)
    {
        while (true)
        {
            // Waiting for the youngest of the older keys wakes one waiter per leaving key, not all.
            RangeResponse older = await _kv.RangeAsync(call, new RangeRequest
            {
                Key = _prefix,
                RangeEnd = _prefixEnd,
                SortOrder = RangeRequest.Types.SortOrder.Descend,
                SortTarget = RangeRequest.Types.SortTarget.Create,
                MaxCreateRevision = createRevision - 1,
                Limit = 1,
                KeysOnly = true,
            });
            if (older.Kvs.Count == 0)
                return;
            await WaitForDeletionAsync(older.Kvs[0].Key, older.Header.Revision, call.CancellationToken);
        }
    }

    private async ValueTask WaitForDeletionAsync(ByteString key, long seenAtRevision, CancellationToken cancellationToken)
    {
        await foreach (Event happened in _kv.WatchAsync(key, ByteString.Empty, seenAtRevision + 1, cancellationToken))
        {
            if (happened.Type == Event.Types.EventType.Delete)
                return;
        }
    }

    private RangeRequest OldestFirst() => new()
    {
        Key = _prefix,
        RangeEnd = _prefixEnd,
        SortOrder = RangeRequest.Types.SortOrder.Ascend,
        SortTarget = RangeRequest.Types.SortTarget.Create,
        Limit = 1,
    };
}
