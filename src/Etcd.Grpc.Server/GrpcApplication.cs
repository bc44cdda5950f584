using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Etcd.Foundation.Logging;
using Etcd.Protocol.Errors;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Etcd.Grpc.Server;

/// <summary>Takes requests straight from Kestrel, without the middleware pipeline: gRPC calls go to their handlers, all
/// other requests to the listener's HTTP handler.</summary>
internal sealed class GrpcApplication(
    GrpcMethodTable methods, ICallGate gate, GrpcServerMetrics metrics, GrpcServerOptions options, Logger logger) : IHttpApplication<HttpServerCall>
{
    private readonly ConcurrentDictionary<HttpServerCall, bool> _streams = new();
    private readonly TaskCompletionSource _streamsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    // Set once the server stops: no stream may live on.
    private volatile StopReason? _stopReason;

    /// <summary>Streaming calls now open.</summary>
    public ICollection<HttpServerCall> Streams => _streams.Keys;

    public HttpServerCall CreateContext(IFeatureCollection contextFeatures)
    {
        HttpServerCall call;
        if (contextFeatures is IHostContextContainer<HttpServerCall> container)
            call = container.HostContext is { IsReusable: true } reused ? reused : container.HostContext = new HttpServerCall();
        else
            call = new HttpServerCall();
        call.Begin(contextFeatures);
        return call;
    }

    public Task ProcessRequestAsync(HttpServerCall call)
    {
        ListenerRole role = call.Features.Get<ListenerRole>() ?? ListenerRole.GrpcOnly;
        bool isHttp2 = HttpProtocol.IsHttp2(call.Request.Protocol);
        if (isHttp2 && role.ServesGrpc && (!call.Connection.IsSecure || role.Http is null || GrpcHeaders.IsGrpc(call.Request.Headers.ContentType)))
            return RunAsync(call);
        return role.Http is { } http ? http(new DefaultHttpContext(call.Features)) : RejectHttpAsync(call);
    }

    public void DisposeContext(HttpServerCall call, Exception? exception)
    {
        call.End();
        if (!call.IsReusable)
            RemoveStream(call);
    }

    /// <summary>Ends all streams, also those that begin from now on, and waits until they are gone.</summary>
    public Task StopStreamsAsync(GrpcStatus reason, CancellationToken cancellationToken)
    {
        _stopReason = new StopReason(reason);
        foreach (HttpServerCall stream in Streams)
            stream.Abort(reason);
        if (_streams.IsEmpty)
            _streamsEnded.TrySetResult();
        return _streamsEnded.Task.WaitAsync(cancellationToken);
    }

    private static Task RejectHttpAsync(HttpServerCall call)
    {
        call.Refuse(StatusCodes.Status415UnsupportedMediaType, CallStatus.BadContentType(call.Request.Headers.ContentType));
        return Task.CompletedTask;
    }

    private async Task RunAsync(HttpServerCall call)
    {
        if (!TryOpen(call, out GrpcMethod? method))
            return;
        GrpcStatus status;
        try
        {
            if (method.IsStreaming)
                AddStream(call);
            if (method.HasSingleRequest && !await call.ReadSingleAsync())
            {
                status = CallStatus.NoRequestMessage;
            }
            else if ((status = gate.Enter(call)).IsOk)
            {
                call.CountStart();
                status = await method.Handler(call);
            }
        }
        catch (RpcException refusal)
        {
            status = refusal.Status;
        }
        catch (EtcdException refusal)
        {
            status = refusal.Error;
        }
        catch (OperationCanceledException)
        {
            status = call.StatusOfCancellation();
        }
        catch (Exception problem) when (problem is BadHttpRequestException or IOException)
        {
            // The request's bytes stopped coming: the client is gone or too slow, so nobody reads this status.
            status = CallStatus.Canceled;
        }
        catch (Exception problem)
        {
            logger.Error("a call failed in an unforeseen way", ("method", method.Path), ("error", problem.ToString()));
            status = CallStatus.Broken;
        }
        call.Close(status);
    }

    private void AddStream(HttpServerCall call)
    {
        _streams.TryAdd(call, true);
        // Looked at after adding: a stop either sees the stream or is seen here.
        if (_stopReason is { } reason)
            call.Abort(reason.Status);
    }

    private void RemoveStream(HttpServerCall call)
    {
        if (_streams.TryRemove(call, out _) && _stopReason is not null && _streams.IsEmpty)
            _streamsEnded.TrySetResult();
    }

    /// <summary>The checks that grpc-go makes on the headers, in its order.</summary>
    private bool TryOpen(HttpServerCall call, [NotNullWhen(true)] out GrpcMethod? method)
    {
        IHttpRequestFeature request = call.Request;
        method = null;
        TimeSpan? timeout = null;
        if (!GrpcHeaders.IsGrpc(request.Headers.ContentType))
        {
            call.Refuse(StatusCodes.Status415UnsupportedMediaType, CallStatus.BadContentType(request.Headers.ContentType));
            return false;
        }
        if (call.GetHeader(GrpcHeaders.Timeout) is { } value)
        {
            if (!GrpcTimeout.TryParse(value, out TimeSpan parsed, out string problem))
            {
                call.Refuse(StatusCodes.Status400BadRequest, CallStatus.BadTimeout(problem));
                return false;
            }
            timeout = parsed;
        }
        if (!HttpMethods.IsPost(request.Method))
        {
            call.Refuse(StatusCodes.Status405MethodNotAllowed, CallStatus.BadMethod(request.Method));
            return false;
        }
        if (timeout == TimeSpan.Zero)
        {
            call.Refuse(StatusCodes.Status200OK, CallStatus.DeadlineExceeded);
            return false;
        }
        if (!methods.TryFind(request.Path, out method))
        {
            call.Refuse(StatusCodes.Status200OK, methods.Refuse(request.Path));
            return false;
        }
        call.Open(method, metrics.For(method), metrics, options.MaxReceiveMessageBytes, timeout);
        return true;
    }

    private sealed record StopReason(GrpcStatus Status);
}
