namespace Etcd.Grpc.Server;

/// <summary>Limits of the gRPC and HTTP listeners. Defaults are etcd's where etcd has one.</summary>
public sealed record GrpcServerOptions
{
    /// <summary>Most bytes of one request message: <c>--max-request-bytes</c> plus half a mebibyte of slack.</summary>
    public int MaxReceiveMessageBytes { get; init; } = 1_572_864 + 524_288;

    /// <summary><c>--max-concurrent-streams</c>; values above 2^31−1 count as that.</summary>
    public uint MaxConcurrentStreams { get; init; } = uint.MaxValue;

    /// <summary><c>--grpc-keepalive-min-time</c>: clients that ping more often are disconnected. Zero allows any pace.</summary>
    public TimeSpan KeepAliveMinTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary><c>--grpc-keepalive-interval</c>: idle time after which the server pings. Infinite switches it off.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromHours(2);

    /// <summary><c>--grpc-keepalive-timeout</c>: wait for the answer to that ping.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Time for a new connection to send its first bytes, and for each request to send its headers.</summary>
    public TimeSpan HeaderTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Most connections at a time; null for no limit but the process's file descriptors, as in etcd.</summary>
    public long? MaxConnections { get; init; }
}
