using System.Net.Security;

namespace Etcd.Grpc.Client;

/// <summary>How a <see cref="GrpcChannel"/> connects.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary>Receive limit that grpc-go clients of etcd have: practically none.</summary>
    public const int DefaultMaxReceiveBytes = 0x7fff_ffc6; // One less than the longest array.

    /// <summary>Send limit of etcd's clients: 2 MiB, the server's receive limit.</summary>
    public const int DefaultMaxSendBytes = 2 * 1024 * 1024;

    /// <summary>TLS settings; null speaks HTTP/2 in clear text with prior knowledge.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Time for one attempt to connect, TLS handshake included; zero: no limit.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Silence after which a connection with open calls is pinged; null or zero: never. At least 10 s, because servers cut off faster ones.</summary>
    public TimeSpan? KeepAliveTime { get; init; }

    /// <summary>Time a ping may stay unanswered before the connection counts as dead; at least 1 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Most bytes of one message sent.</summary>
    public int MaxSendBytes { get; init; } = DefaultMaxSendBytes;

    /// <summary>Most bytes of one message received, after decompression too.</summary>
    public int MaxReceiveBytes { get; init; } = DefaultMaxReceiveBytes;

    /// <summary>Sent as <c>user-agent</c>.</summary>
    public string UserAgent { get; init; } = "etcd-client";
}
