using System.Net;
using Etcd.Foundation.Logging;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Etcd.Grpc.Server;

/// <summary>Listens, and answers gRPC calls and HTTP requests. Add listeners, then start it once.</summary>
public sealed class GrpcHost : IAsyncDisposable
{
    private readonly GrpcServerOptions _options;
    private readonly GrpcApplication _application;
    private readonly KestrelLog _log;
    private readonly List<Action<KestrelServerOptions>> _listens = [];
    private readonly List<ListenOptions> _listeners = [];
    private ServiceProvider? _services;
    private IServer? _server;

    public GrpcHost(GrpcMethodTable methods, ICallGate gate, GrpcServerMetrics metrics, GrpcServerOptions options, Logger logger)
    {
        _options = options;
        _application = new GrpcApplication(methods, gate, metrics, options, logger);
        _log = new KestrelLog(logger);
    }

    /// <summary>Where the server really listens, in the order of the <see cref="Listen"/> calls; empty before the start.</summary>
    public IEnumerable<EndPoint> EndPoints => _listeners.Select(listener => listener.EndPoint);

    /// <summary>Streaming calls now open, to be aborted when what they rely on is gone.</summary>
    public IEnumerable<ServerCall> Streams => _application.Streams;

    /// <summary>Adds a listener.</summary>
    /// <param name="endPoint">An <see cref="IPEndPoint"/> (port 0: the kernel chooses) or a unix socket.</param>
    /// <param name="secure">Adds TLS to the listener's connections; null for clear text, where the first bytes of a connection
    /// tell HTTP/2 from HTTP/1.1.</param>
    public void Listen(EndPoint endPoint, ListenerRole role, Action<ListenOptions>? secure = null)
    {
        _listens.Add(kestrel =>
        {
            if (endPoint is IPEndPoint address)
                kestrel.Listen(address, Configure);
            else
                kestrel.Listen(endPoint, Configure);
        });

        void Configure(ListenOptions listener)
        {
            listener.Protocols = HttpProtocols.Http1AndHttp2;
            secure?.Invoke(listener);
            listener.Use(next => new ConnectionMux(next, role, _options, TimeProvider.System).OnConnectionAsync);
            _listeners.Add(listener);
        }
    }

    /// <exception cref="IOException">An address is in use or not ours.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _services = KestrelFactory.CreateServices(
            kestrel =>
            {
                KestrelLimits.Apply(kestrel, _options);
                _listens.ForEach(listen => listen(kestrel));
            },
            _log);
        _server = _services.GetRequiredService<IServer>();
        return _server.StartAsync(_application, cancellationToken);
    }

    /// <summary>Ends open streams with <paramref name="reason"/>, stops accepting, and waits for unary calls to finish.</summary>
    /// <param name="cancellationToken">When it fires, what still runs is cut off. Give it a limit: a client that ignores
    /// GOAWAY may keep its connection.</param>
    public async Task StopAsync(GrpcStatus reason, CancellationToken cancellationToken)
    {
        if (_server is null)
            return;
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

    public ValueTask DisposeAsync() => _services?.DisposeAsync() ?? ValueTask.CompletedTask;
}
