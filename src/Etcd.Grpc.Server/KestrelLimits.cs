using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Etcd.Grpc.Server;

/// <summary>Turns our limits into Kestrel's.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerOptions kestrel, GrpcServerOptions options)
    {
        kestrel.AddServerHeader = false;
        // Clients behind a proxy that ends TLS say "https" on a clear-text connection; Go's server does not mind either.
        kestrel.AllowAlternateSchemes = true;

        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.RequestHeadersTimeout = options.HeaderTimeout;
        // Clients keep idle connections for days; dead ones are found by the pings below.
        limits.KeepAliveTimeout = Timeout.InfiniteTimeSpan;
        // A watcher may rest as long as it likes. Its stream is bounded by flow control, its connection by the pings below.
        limits.MinResponseDataRate = null;

        Http2Limits http2 = limits.Http2;
        http2.MaxStreamsPerConnection = (int)Math.Min(options.MaxConcurrentStreams, int.MaxValue);
        http2.KeepAlivePingDelay = options.KeepAliveInterval;
        http2.KeepAlivePingTimeout = options.KeepAliveTimeout;
    }
}
