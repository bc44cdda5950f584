namespace Etcd.Grpc.Client;

/// <summary>What one call may differ in from the next.</summary>
public sealed record CallOptions
{
    public static CallOptions Default { get; } = new();

    /// <summary>Headers sent with the request, besides gRPC's own.</summary>
    public Metadata? Metadata { get; init; }

    /// <summary>Time until the call fails with <c>DeadlineExceeded</c>; it also travels as <c>grpc-timeout</c>. Null: no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Repeating the call does no harm, so a server's <c>Unavailable</c> may be answered by trying again elsewhere.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Send the request gzip-compressed.</summary>
    public bool Compress { get; init; }
}
