using System.Runtime.CompilerServices;
using Etcd.Client.Connections;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client;

/// <summary>Reading and writing keys.</summary>
public sealed class KvClient
{
    private readonly IConnection _connection;

    internal KvClient(IConnection connection) => _connection = connection;

    /// <summary>One key's pair, or null.</summary>
    public async Task<KeyValue?> GetAsync(string key, CancellationToken cancellationToken)
    {
        RangeResponse response = await RangeAsync(key, cancellationToken);
        return response.Kvs.Count > 0 ? response.Kvs[0] : null;
    }

    /// <summary>All pairs of a range, linearizable, at the current revision.</summary>
    public Task<RangeResponse> RangeAsync(KeyRange range, CancellationToken cancellationToken) =>
        RangeAsync(new RangeRequest { Key = range.Key, RangeEnd = range.End }, cancellationToken);

    /// <summary>A range with everything the request can say.</summary>
    public Task<RangeResponse> RangeAsync(RangeRequest request, CancellationToken cancellationToken) =>
        _connection.SendAsync(KvMethods.Range, request, Calls.Repeatable, cancellationToken);

    /// <summary>The same as <see cref="RangeAsync(RangeRequest, CancellationToken)"/>, in pieces (servers from 3.7 on).</summary>
    /// <remarks>Header, <c>more</c> and <c>count</c> come with the last piece.</remarks>
    /// <exception cref="EtcdClientException"><c>Unimplemented</c> from an older server, before the first piece.</exception>
    public async IAsyncEnumerable<RangeResponse> RangeStreamAsync(
        RangeRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (RangeStreamResponse piece in _connection.StreamAsync(_connection, KvMethods.RangeStream, request, Calls.Once, cancellationToken))
            yield return piece.RangeResponse;
    }

    public Task<PutResponse> PutAsync(string key, string value, CancellationToken cancellationToken) =>
        PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) }, cancellationToken);

    public Task<PutResponse> PutAsync(PutRequest request, CancellationToken cancellationToken) =>
        _connection.SendAsync(KvMethods.Put, request, Calls.Once, cancellationToken);

    public Task<DeleteRangeResponse> DeleteAsync(KeyRange range, CancellationToken cancellationToken) =>
        DeleteAsync(new DeleteRangeRequest { Key = range.Key, RangeEnd = range.End }, cancellationToken);

    public Task<DeleteRangeResponse> DeleteAsync(DeleteRangeRequest request, CancellationToken cancellationToken) =>
        _connection.SendAsync(KvMethods.DeleteRange, request, Calls.Once, cancellationToken);

    /// <summary>Begins a transaction: <c>Txn().If(…).Then(…).Else(…).CommitAsync(…)</c>.</summary>
    public Transaction Txn() => new(this);

    public Task<TxnResponse> TxnAsync(TxnRequest request, CancellationToken cancellationToken) =>
        _connection.SendAsync(KvMethods.Txn, request, IsReadOnly(request) ? Calls.Repeatable : Calls.Once, cancellationToken);

    /// <summary>Forgets the history before a revision.</summary>
    /// <param name="isPhysical">Wait until the data is gone from the server's database.</param>
    public Task<CompactionResponse> CompactAsync(long revision, bool isPhysical, CancellationToken cancellationToken) =>
        _connection.SendAsync(KvMethods.Compact, new CompactionRequest { Revision = revision, Physical = isPhysical }, Calls.Once, cancellationToken);

    private static bool IsReadOnly(TxnRequest request) => AllRead(request.Success) && AllRead(request.Failure);

    private static bool AllRead(IEnumerable<RequestOp> operations)
    {
        foreach (RequestOp operation in operations)
        {
            bool reads = operation.RequestCase is RequestOp.RequestOneofCase.RequestRange
                || (operation.RequestCase is RequestOp.RequestOneofCase.RequestTxn && IsReadOnly(operation.RequestTxn));
            if (!reads)
                return false;
        }
        return true;
    }
}
