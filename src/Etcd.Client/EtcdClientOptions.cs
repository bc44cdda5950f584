using System.Net.Security;
using Etcd.Grpc.Client;

namespace Etcd.Client;

/// <summary>How a client finds, trusts and talks to a cluster.</summary>
public sealed record EtcdClientOptions
{
    /// <summary>The members: <c>host:port</c>, <c>http://…</c>, <c>https://…</c>, <c>unix:path</c> or <c>unixs:path</c>.</summary>
    public required IReadOnlyList<string> Endpoints { get; init; }

    /// <summary>TLS for <c>https</c> and <c>unixs</c> endpoints, and for those without a scheme; null: those without are clear text.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Name and password; the client fetches a token with them and renews it when the server forgets it.</summary>
    public EtcdCredentials? Credentials { get; init; }

    /// <summary>A token made elsewhere (JWT), used instead of <see cref="Credentials"/>.</summary>
    public string? AuthToken { get; init; }

    /// <summary>Time limit of every unary call; null: only the caller's token ends one.</summary>
    public TimeSpan? RequestTimeout { get; init; }

    /// <summary>Time for one attempt to connect.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Silence after which a connection in use is pinged; null: never.</summary>
    public TimeSpan? KeepAliveTime { get; init; }

    /// <summary>Time a ping may stay unanswered.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Most bytes of one request; the server's own limit is the default.</summary>
    public int MaxSendBytes { get; init; } = GrpcChannelOptions.DefaultMaxSendBytes;

    /// <summary>Most bytes of one response.</summary>
    public int MaxReceiveBytes { get; init; } = GrpcChannelOptions.DefaultMaxReceiveBytes;

    /// <summary>Told of every unary call that failed and will or will not be tried again. Called on the caller's thread; must be quick.</summary>
    public Action<FailedAttempt>? OnFailedAttempt { get; init; }
}

/// <summary>A user of etcd's own user database.</summary>
public sealed record EtcdCredentials(string UserName, string Password);

/// <summary>One try of a unary call that went wrong.</summary>
/// <param name="Method">Path of the procedure.</param>
/// <param name="Attempt">0 for the first try.</param>
/// <param name="Problem">What happened, as <c>rpc error: code = … desc = …</c>.</param>
public sealed record FailedAttempt(string Method, int Attempt, string Problem);
