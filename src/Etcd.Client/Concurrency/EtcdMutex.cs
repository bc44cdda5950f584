using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client;

/// <summary>A lock that one session in the whole cluster can hold. Compatible with etcd's own lock recipe and Lock service.</summary>
/// <remarks>Guard what the lock protects with <see cref="IsOwner"/> in a transaction: a session can be lost while its holder sleeps.</remarks>
public sealed class EtcdMutex(Session session, string name)
{
    private readonly string _prefix = name + "/";
    private long _revision = -1;

    /// <summary>The key that stands for holding (or waiting for) the lock; empty while neither.</summary>
    public ByteString Key { get; private set; } = ByteString.Empty;

    /// <summary>Header of the response that brought the lock.</summary>
    public ResponseHeader? Header { get; private set; }

    /// <summary>Condition for transactions: the lock is still held.</summary>
    public Compare IsOwner() => Condition.CreateRevision(Key, Compare.Types.CompareResult.Equal, _revision);

    /// <summary>Waits for the lock.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; the place in the queue is given up.</exception>
    /// <exception cref="EtcdClientException">The session's lease died while waiting.</exception>
    public async Task LockAsync(CancellationToken cancellationToken)
    {
        QueueKey place = await EnterAsync(cancellationToken);
        if (place.IsFirst)
            return;
        try
        {
            Header = await place.WaitForOlderAsync(session.Client, _prefix, cancellationToken);
        }
        catch
        {
            await UnlockAsync(CancellationToken.None);
            throw;
        }
        if (await session.Client.Kv.RangeAsync(KeyRange.One(Key), cancellationToken) is { Kvs.Count: 0 })
            throw new EtcdClientException(EtcdError.LeaseNotFound);
    }

    /// <summary>Takes the lock if it is free.</summary>
    /// <returns>False if somebody else holds it.</returns>
    public async Task<bool> TryLockAsync(CancellationToken cancellationToken)
    {
        QueueKey place = await EnterAsync(cancellationToken);
        if (place.IsFirst)
            return true;
        await UnlockAsync(cancellationToken);
        return false;
    }

    /// <summary>Gives the lock, or the place in the queue, up.</summary>
    public async Task UnlockAsync(CancellationToken cancellationToken)
    {
        if (Key.IsEmpty)
            return;
        await session.Client.Kv.DeleteAsync(KeyRange.One(Key), cancellationToken);
        Key = ByteString.Empty;
        _revision = -1;
    }

    private async Task<QueueKey> EnterAsync(CancellationToken cancellationToken)
    {
        QueueKey place = await QueueKey.EnterAsync(session, _prefix, ByteString.Empty, cancellationToken);
        Key = place.Key;
        _revision = place.Revision;
        Header = place.Header;
        return place;
    }
}
