using System.Net;
using Etcd.Foundation.Logging;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Etcd.Grpc.Server;

/// <summary>Listens, and answers gRPC calls and HTTP requests. Add listeners, then start it once.</summary>
public sealed class GrpcHost : IAsyncDisposable
{
    private readonly GrpcServerOptions _options;
    private readonly GrpcApplication _application;
    private readonly KestrelServerOptions _kestrelOptions = new();
    private readonly List<ListenOptions> _listeners = [];
    private readonly KestrelServer _server;

    public GrpcHost(GrpcMethodTable methods, ICallGate gate, GrpcServerMetrics metrics, GrpcServerOptions options, Logger logger)
    {
        _options = options;
        _application = new GrpcApplication(methods, gate, metrics, options, logger);
        KestrelLimits.Apply(_kestrelOptions, options);
        var log = new KestrelLog(logger);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), log);
        _server = new KestrelServer(Options.Create(_kestrelOptions), transport, log);
    }

    /// <summary>Where the server really listens, in the order of the <see cref="Listen"/> calls; known once it has started.</summary>
    public IEnumerable<EndPoint> EndPoints => _listeners.Select(listener => listener.EndPoint);

    /// <summary>Streaming calls now open, to be aborted when what they rely on is gone.</summary>
    public IEnumerable<ServerCall> Streams => _application.Streams;

    /// <summary>Adds a listener.</summary>
    /// <param name="endPoint">An <see cref="IPEndPoint"/> (port 0: the kernel chooses) or a unix socket.</param>
    /// <param name="secure">Adds TLS to the listener's connections; null for clear text, where the first bytes of a connection
    /// tell HTTP/2 from HTTP/1.1.</param>
    public void Listen(EndPoint endPoint, ListenerRole role, Action<ListenOptions>? secure = null)
    {
        void Configure(ListenOptions listener)
        {
            listener.Protocols = HttpProtocols.Http1AndHttp2;
            secure?.Invoke(listener);
            listener.Use(next => new ConnectionMux(next, role, _options, TimeProvider.System).OnConnectionAsync);
            _listeners.Add(listener);
        }

        if (endPoint is IPEndPoint address)
            _kestrelOptions.Listen(address, Configure);
        else
            _kestrelOptions.Listen(endPoint, Configure);
    }

    /// <exception cref="IOException">An address is in use or not ours.</exception>
    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(_application, cancellationToken);

    /// <summary>Ends open streams with <paramref name="reason"/>, stops accepting, and waits for unary calls to finish.</summary>
    /// <param name="cancellationToken">When it fires, what still runs is cut off. Give it a limit: a client that ignores
    /// GOAWAY may keep its connection.</param>
    public async Task StopAsync(GrpcStatus reason, CancellationToken cancellationToken)
    {
        try
        {
            // Streams first: Kestrel closes a connection by itself only if it is idle when the stop reaches it.
            await _application.StopStreamsAsync(reason, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Out of time; Kestrel cuts the connections off.
        }
        await _server.StopAsync(cancellationToken);
    }

    public ValueTask DisposeAsync()
    {
        _server.Dispose();
        return ValueTask.CompletedTask;
    }
}
