using System.Diagnostics.CodeAnalysis;
using Etcd.Foundation.Ids;
using Etcd.Foundation.Threading;
using Etcd.Protocol.Errors;
using Etcd.Server.Loop;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Google.Protobuf;

namespace Etcd.Server.Proposals;

/// <summary>The way of a request into the log and of its answer back.</summary>
internal sealed class Proposer(
    BatchQueue<ReadOnlyMemory<byte>> queue, ProposalTable table, RequestIdGenerator ids, RaftView view, Func<ulong> appliedIndex, MemberOptions options, TimeProvider clock)
{
    /// <summary>Entries that may be committed but not yet applied before new requests are turned away.</summary>
    private const ulong MaxCommitGap = 5000;

    private volatile bool _stopped;

    /// <summary>See <see cref="IMember.ProposeAsync"/>.</summary>
    public ValueTask<ApplyResult> ProposeAsync(RequestKind kind, ReadOnlySpan<byte> request, Identity identity, CancellationToken cancellationToken)
    {
        ulong applied = appliedIndex();
        if (view.CommittedIndex > applied + MaxCommitGap)
            Refuse(EtcdError.TooManyRequests);
        ulong id = ids.Next();
        byte[] data = RaftRequest.Encode(kind, request, id, identity);
        if (data.Length > options.MaxRequestBytes)
            Refuse(EtcdError.RequestTooLarge);
        return Enter(id, data, cancellationToken);
    }

    /// <summary>For the server's own requests.</summary>
    public ValueTask<ApplyResult> ProposeAsync(RequestKind kind, IMessage request, CancellationToken cancellationToken) =>
        ProposeAsync(kind, request.ToByteArray(), Identity.None, cancellationToken);

    /// <summary>An entry that is no InternalRaftRequest but carries an id made by <see cref="RequestIdGenerator"/> (a v2 request).</summary>
    public ValueTask<ApplyResult> ProposeRawAsync(ulong id, byte[] data, CancellationToken cancellationToken) => Enter(id, data, cancellationToken);

    /// <summary>Called now and then: what waited for longer than a client waits is answered.</summary>
    public void Sweep()
    {
        long oldest = clock.GetTimestamp() - (long)(options.RequestTimeout.TotalSeconds * clock.TimestampFrequency);
        table.RefuseStartedBefore(oldest, TimeoutReason);
    }

    /// <summary>Refuses everything that waits and everything that comes.</summary>
    public void Stop()
    {
        _stopped = true;
        table.RefuseStartedBefore(long.MaxValue, static _ => EtcdError.Stopped);
    }

    private ValueTask<ApplyResult> Enter(ulong id, byte[] data, CancellationToken cancellationToken)
    {
        ValueTask<ApplyResult> answer = table.Wait(id, clock.GetTimestamp(), cancellationToken);
        if (!queue.Add(data) || _stopped)
            table.Refuse(id, EtcdError.Stopped);
        return answer;
    }

    /// <summary>A request that was under way while there was no leader names that as the likely reason.</summary>
    private EtcdError TimeoutReason(PendingRequest request) =>
        view.WasLeaderlessSince(request.StartedAt) ? EtcdError.TimeoutDueToLeaderFail : EtcdError.Timeout;

    [DoesNotReturn]
    private static void Refuse(EtcdError error) => throw new EtcdException(error);
}
