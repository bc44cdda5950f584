using Etcd.Grpc;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>The server ended a watch for good.</summary>
public sealed class WatchCanceledException : EtcdClientException
{
    internal WatchCanceledException(WatchResponse response)
        : base(StatusOf(response)) => Response = response;

    /// <summary>The server's last word.</summary>
    public WatchResponse Response { get; }

    /// <summary>Not 0 if the wanted history is gone: begin again with a read and watch from its revision + 1.</summary>
    public long CompactRevision => Response.CompactRevision;

    // Compat: a cancellation without any reason is what Go's client calls a future revision.
    private static GrpcStatus StatusOf(WatchResponse response) =>
        response.CompactRevision != 0 ? EtcdError.Compacted
        : response.CancelReason.Length == 0 ? EtcdError.FutureRevision
        : new GrpcStatus(StatusCode.FailedPrecondition, response.CancelReason);
}
