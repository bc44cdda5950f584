using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Etcd.Grpc.Server;

/// <summary>What is known of one client's connection. Thread-safe.</summary>
public sealed class ClientConnection
{
    private int _activeCalls;

    /// <summary>Where the client is; null for a unix socket or a call from inside the process.</summary>
    public EndPoint? RemoteEndPoint { get; init; }

    /// <summary>True for TLS.</summary>
    public bool IsSecure { get; init; }

    /// <summary>The certificate the client proved to own; null without TLS or without a certificate.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Calls in progress.</summary>
    public int ActiveCalls => Volatile.Read(ref _activeCalls);

    internal void CallStarted() => Interlocked.Increment(ref _activeCalls);

    internal void CallEnded() => Interlocked.Decrement(ref _activeCalls);
}
