using Etcd.Grpc;
using Etcd.Protocol.Errors;

namespace Etcd.Client;

/// <summary>The server ended a watch for good.</summary>
public sealed class WatchCanceledException : EtcdClientException
{
    internal WatchCanceledException(string reason, long compactRevision)
        : base(compactRevision != 0 ? GrpcStatus.FromEtcdError(EtcdError.Compacted) : new GrpcStatus(StatusCode.FailedPrecondition, reason))
    {
        CompactRevision = compactRevision;
        Reason = reason;
    }

    /// <summary>Not 0 if the wanted history is gone: begin again with a read and watch from its revision + 1.</summary>
    public long CompactRevision { get; }

    /// <summary>What the server said; empty after a compaction.</summary>
    public string Reason { get; }
}
