using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Etcd.Grpc.Server;

/// <summary>Finds out what a new connection speaks and tells Kestrel, so that HTTP/2 with prior knowledge and HTTP/1.1 can
/// share one clear-text port; the last connection middleware before HTTP.</summary>
/// <remarks>Kestrel takes HTTP/2 on such a port only if TLS negotiated it, so a connection that begins with HTTP/2's preface gets
/// the features TLS would have left. Peeking waits on the connection's own task: other connections are accepted meanwhile.</remarks>
internal sealed class ConnectionMux(ConnectionDelegate next, ListenerRole role, GrpcServerOptions options, TimeProvider clock)
{
    // No HTTP/1.1 method begins like this.
    private static ReadOnlySpan<byte> PrefaceStart => "PRI "u8;

    public async Task OnConnectionAsync(ConnectionContext connection)
    {
        bool isSecure = connection.Features.Get<ITlsConnectionFeature>() is not null;
        bool isHttp2;
        if (isSecure)
        {
            isHttp2 = connection.Features.Get<ITlsApplicationProtocolFeature>() is { } negotiated
                && negotiated.ApplicationProtocol.Span.SequenceEqual(SslApplicationProtocol.Http2.Protocol.Span);
        }
        else
        {
            if (await PeekAsync(connection.Transport.Input) is not { } peeked)
                return;
            isHttp2 = peeked;
            if (isHttp2)
            {
                connection.Features.Set<ITlsConnectionFeature>(PriorKnowledge.Instance);
                connection.Features.Set<ITlsApplicationProtocolFeature>(PriorKnowledge.Instance);
            }
        }
        var client = new ClientConnection
        {
            RemoteEndPoint = connection.RemoteEndPoint,
            IsSecure = isSecure,
            ClientCertificate = isSecure ? connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate : null,
        };
        connection.Features.Set(client);
        connection.Features.Set(role);
        if (isHttp2 && role.ServesGrpc && options.KeepAliveMinTime > TimeSpan.Zero)
            connection.Transport = new PingGuard(connection.Transport, new PingPolicy(options.KeepAliveMinTime, client, clock));
        await next(connection);
    }

    /// <summary>Looks at the first bytes and leaves them where they are.</summary>
    /// <returns>True for HTTP/2, false for anything else, null if the connection ended or said nothing in time.</returns>
    private async ValueTask<bool?> PeekAsync(PipeReader input)
    {
        using var patience = new CancellationTokenSource(options.HeaderTimeout, clock);
        try
        {
            while (true)
            {
                ReadResult result = await input.ReadAsync(patience.Token);
                ReadOnlySequence<byte> buffer = result.Buffer;
                if (LooksLikePreface(buffer) is { } answer)
                {
                    input.AdvanceTo(buffer.Start);
                    return answer;
                }
                input.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                    return null;
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // Said nothing in time, or left: returning closes the connection, and nobody is there to be told.
            return null;
        }
    }

    private static bool? LooksLikePreface(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> start = stackalloc byte[PrefaceStart.Length];
        int length = (int)Math.Min(buffer.Length, start.Length);
        buffer.Slice(0, length).CopyTo(start);
        if (!PrefaceStart.StartsWith(start[..length]))
            return false;
        return length == PrefaceStart.Length ? true : null;
    }

    /// <summary>What TLS would have left behind had it negotiated HTTP/2. Kestrel asks for both features, and for no other
    /// trace of TLS.</summary>
    private sealed class PriorKnowledge : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public static PriorKnowledge Instance { get; } = new();

        public ReadOnlyMemory<byte> ApplicationProtocol => SslApplicationProtocol.Http2.Protocol;

        public X509Certificate2? ClientCertificate
        {
            get => null;
            set => throw new NotSupportedException("a clear-text connection has no certificate");
        }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
