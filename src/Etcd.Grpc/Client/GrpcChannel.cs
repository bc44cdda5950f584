using System.Net;
using System.Net.Http.Headers;
using Etcd.Protocol.Errors;
using Google.Protobuf;

namespace Etcd.Grpc.Client;

/// <summary>Calls over HTTP/2 to one server, in clear text (prior knowledge) or TLS. Connects when first used, and again when needed.</summary>
/// <remarks>Thread-safe. Knows nothing of retries or balancing: every call is tried once.</remarks>
public sealed class GrpcChannel : ICallInvoker, IDisposable
{
    // Servers answer pings that come faster with GOAWAY too_many_pings; grpc-go's clients use the same floor.
    private static readonly TimeSpan s_shortestKeepAliveTime = TimeSpan.FromSeconds(10);
    // Less is not accepted by the HTTP stack.
    private static readonly TimeSpan s_shortestKeepAliveTimeout = TimeSpan.FromSeconds(1);
    private static readonly MediaTypeHeaderValue s_contentType = new(GrpcHeaders.ContentType);

    private readonly HttpMessageInvoker _http;
    private readonly Uri _baseAddress;
    private readonly GrpcChannelOptions _options;

    public GrpcChannel(GrpcTarget target, GrpcChannelOptions options)
    {
        Target = target;
        _options = options;
        _baseAddress = target.BaseAddress(options.Tls is not null);
        // Compat: Go's clients take 0 for "no limit" here.
        TimeSpan connectTimeout = options.ConnectTimeout <= TimeSpan.Zero ? Timeout.InfiniteTimeSpan : CallLimit.ForTimer(options.ConnectTimeout);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ConnectTimeout = connectTimeout,
            ConnectCallback = (_, cancellationToken) => target.ConnectAsync(connectTimeout, cancellationToken),
        };
        if (options.Tls is not null)
            handler.SslOptions = options.Tls;
        if (options.KeepAliveTime is { } keepAliveTime && keepAliveTime > TimeSpan.Zero)
        {
            handler.KeepAlivePingDelay = keepAliveTime < s_shortestKeepAliveTime ? s_shortestKeepAliveTime : keepAliveTime;
            handler.KeepAlivePingTimeout = options.KeepAliveTimeout < s_shortestKeepAliveTimeout ? s_shortestKeepAliveTimeout : options.KeepAliveTimeout;
            handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests;
        }
        _http = new HttpMessageInvoker(handler, disposeHandler: true);
    }

    public GrpcTarget Target { get; }

    /// <inheritdoc/>
    public async Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        using CancellationTokenSource? limit = LimitFor(options, cancellationToken);
        CancellationToken callCancelled = limit?.Token ?? cancellationToken;
        using HttpRequestMessage http = NewRequest(method.Path, options);
        http.Content = new ByteArrayContent(Frame(request, options.Compress)) { Headers = { ContentType = s_contentType } };
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(http, callCancelled);
            using var reader = await ResponseReader<TResponse>.OpenAsync(response, method.Responses, _options.MaxReceiveBytes, callCancelled);
            TResponse? message = await reader.ReadAsync(callCancelled)
                ?? throw new RpcException(new GrpcStatus(StatusCode.Internal, "the server ended the call with OK but sent no message"));
            // The status comes behind the message: a server may still fail after it.
            if (await reader.ReadAsync(callCancelled) is not null)
                throw new RpcException(new GrpcStatus(StatusCode.Internal, "the server sent a second message where one is allowed"));
            return message;
        }
        catch (Exception problem) when (problem is not RpcException)
        {
            throw TransportProblem.Translate(problem, cancellationToken, limit);
        }
    }

    /// <inheritdoc/>
    public async Task<IStreamCall<TRequest, TResponse>> OpenStreamAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        var call = new StreamCall<TRequest, TResponse>(this, method.Responses, options, cancellationToken);
        await call.StartAsync(_http, NewRequest(method.Path, options));
        return call;
    }

    public void Dispose() => _http.Dispose();

    internal static MediaTypeHeaderValue ContentType => s_contentType;

    internal int MaxReceiveBytes => _options.MaxReceiveBytes;

    /// <summary>Prefix and message in one array.</summary>
    /// <exception cref="RpcException">The message is larger than this channel sends.</exception>
    internal byte[] Frame(IMessage message, bool compress)
    {
        int messageBytes = message.CalculateSize();
        byte[]? body = null;
        if (compress)
        {
            body = Gzip.Compress(message.ToByteArray());
            messageBytes = body.Length;
        }
        if (messageBytes > _options.MaxSendBytes)
        {
            throw new RpcException(new GrpcStatus(StatusCode.ResourceExhausted,
                $"trying to send message larger than max ({messageBytes} vs. {_options.MaxSendBytes})"));
        }
        byte[] frame = new byte[FramePrefix.Size + messageBytes];
        FramePrefix.Write(frame, messageBytes, compress);
        if (body is not null)
            body.CopyTo(frame, FramePrefix.Size);
        else
            message.WriteTo(frame.AsSpan(FramePrefix.Size));
        return frame;
    }

    internal static CancellationTokenSource? LimitFor(CallOptions options, CancellationToken cancellationToken)
    {
        if (options.Timeout is not { } timeout)
            return null;
        var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CallLimit.ForTimer(timeout));
        return limit;
    }

    private HttpRequestMessage NewRequest(string path, CallOptions options)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_baseAddress, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        HttpRequestHeaders headers = request.Headers;
        headers.TryAddWithoutValidation("te", "trailers");
        headers.TryAddWithoutValidation("user-agent", _options.UserAgent);
        headers.TryAddWithoutValidation(GrpcHeaders.AcceptEncoding, Gzip.Name);
        if (options.Compress)
            headers.TryAddWithoutValidation(GrpcHeaders.Encoding, Gzip.Name);
        if (options.Timeout is { } timeout)
            headers.TryAddWithoutValidation(GrpcHeaders.Timeout, GrpcTimeout.Format(timeout));
        if (options.Metadata is { } metadata)
        {
            foreach (MetadataEntry entry in metadata)
                headers.TryAddWithoutValidation(entry.Key, entry.Value);
        }
        return request;
    }
}
