using System.Buffers;
using Etcd.Api.Services;
using Etcd.Api.Watching;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Apply;
using Etcd.Store.Mvcc;
using Etcd.Store.Watch;
using Google.Protobuf;

namespace Etcd.Api.Recipes;

/// <summary>The key-value service as a client inside this process sees it, in the name of a call's caller.</summary>
/// <remarks>Refusals are thrown as <see cref="EtcdException"/>.</remarks>
internal sealed class InProcessKv(IMember member, KvRequests requests)
{
    /// <returns>The answer, its header with nothing but the revision.</returns>
    public async ValueTask<TxnResponse> TxnAsync(ServerCall call, TxnRequest request)
    {
        ApplyResult result = Checked(await requests.TxnAsync(call, request.ToByteArray()));
        TxnResponse response = TxnResponse.Parser.ParseFrom(result.Body.Span);
        response.Header = new ResponseHeader { Revision = result.Revision };
        return response;
    }

    /// <returns>The revision of the deletion, or the current one if there was no such key.</returns>
    public async ValueTask<long> DeleteAsync(ServerCall call, ByteString key)
    {
        var request = new DeleteRangeRequest { Key = key };
        return Checked(await requests.DeleteRangeAsync(call, request.ToByteArray())).Revision;
    }

    /// <returns>The answer, its header with nothing but the revision.</returns>
    public async ValueTask<RangeResponse> RangeAsync(ServerCall call, RangeRequest request)
    {
        RangeOutcome outcome = await requests.RangeAsync(call, request.ToByteArray());
        if (outcome.Error is { } refusal)
            throw new EtcdException(refusal);
        using RangeReply reply = outcome.Reply!;
        var body = new ArrayBufferWriter<byte>();
        while (reply.WriteNext(body, int.MaxValue))
        {
        }
        RangeResponse response = RangeResponse.Parser.ParseFrom(body.WrittenSpan);
        response.Header = new ResponseHeader { Revision = reply.Revision };
        return response;
    }

    /// <summary>All events of a key or range from a revision on, batch by batch, until the caller stops or its call ends.</summary>
    /// <param name="rangeEnd">Empty: only the key.</param>
    /// <exception cref="EtcdException">History from that revision on is gone.</exception>
    public async IAsyncEnumerable<Event> WatchAsync(
        ByteString key, ByteString rangeEnd, long startRevision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var wake = new WakeSignal();
        using WatchStream stream = member.Kv.Watches.OpenStream(wake.Set);
        await using CancellationTokenRegistration ending = cancellationToken.UnsafeRegister(static wake => ((WakeSignal)wake!).Set(), wake);
        stream.Create(new WatchCreate(key.Memory, rangeEnd.Memory, startRevision, WatchId: 0, WatchFlags.None));
        while (true)
        {
            while (stream.TryRead(out WatchPiece piece))
            {
                if (piece.Canceled)
                    throw new EtcdException(EtcdError.Compacted);
                foreach (Event happened in EventsOf(piece))
                    yield return happened;
            }
            await wake.WaitAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static IEnumerable<Event> EventsOf(WatchPiece piece)
    {
        // The stored bytes are fields of a WatchResponse, so one is parsed around them.
        for (int i = 0; i < piece.EventCount; i++)
            yield return WatchResponse.Parser.ParseFrom(piece.Event(i).Span).Events[0];
    }

    private static ApplyResult Checked(ApplyResult result) => result.Error is { } refusal ? throw new EtcdException(refusal) : result;
}
