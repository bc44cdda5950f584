using System.Runtime.CompilerServices;
using Etcd.Client.Connections;
using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>Hearing of changes.</summary>
public sealed class WatchClient
{
    private readonly IConnection _connection;

    internal WatchClient(IConnection connection) => _connection = connection;

    /// <summary>A watch that can also be asked for its progress. Nothing is sent before the first read.</summary>
    public Watcher Open(KeyRange range, WatchOptions options) => new(_connection, range, options);

    /// <summary>Watches until cancelled. Survives lost connections and leaders without missing or repeating an event.</summary>
    /// <returns>Responses with events, and empty ones (progress) if asked for.</returns>
    /// <exception cref="WatchCanceledException">The server ended the watch.</exception>
    public async IAsyncEnumerable<WatchResponse> WatchAsync(
        KeyRange range, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using Watcher watcher = Open(range, options);
        while (true)
            yield return await watcher.NextAsync(cancellationToken);
    }
}
