using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Etcd.Grpc.Server;

/// <summary>A call that came as an HTTP/2 request. One instance serves many unary calls of a connection, one after the other.</summary>
/// <remarks>Kestrel keeps one feature collection per HTTP/2 stream object and reuses both; so does this class, which spares
/// looking the features up for every call.</remarks>
internal sealed class HttpServerCall : ServerCall
{
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly MessageReader _reader = new();
    private readonly Lock _abortLock = new();
    private IFeatureCollection? _features;
    private IHttpRequestFeature? _request;
    private IHttpRequestLifetimeFeature? _lifetime;
    private IHttpResponseFeature? _response;
    private IHttpResponseBodyFeature? _responseBody;
    private IRequestBodyPipeFeature? _requestBody;
    private ClientConnection? _connection;
    private GrpcMethod? _method;
    private MethodMetrics? _metrics;
    private GrpcServerMetrics? _totals;
    private PipeWriter? _output;

    private CancellationTokenSource? _source;
    private CancellationTokenRegistration _clientGone;
    private bool _usesSource;
    private bool _isClientGone;
    private GrpcStatus? _abortStatus;
    private long _startedAt;

    public override ReadOnlyMemory<byte> Message => _reader.Current;

    public override ClientConnection Connection => _connection!;

    public override GrpcMethod Method => _method!;

    public override CancellationToken CancellationToken => _usesSource ? _source!.Token : _lifetime!.RequestAborted;

    /// <summary>False once a call must not be reused, because someone may still hold it.</summary>
    public bool IsReusable => _method is null or { IsStreaming: false };

    internal IFeatureCollection Features => _features!;

    internal IHttpRequestFeature Request => _request!;

    /// <summary>Binds this object to a request that has just arrived.</summary>
    public void Begin(IFeatureCollection features)
    {
        if (!ReferenceEquals(features, _features))
        {
            _features = features;
            _request = features.GetRequiredFeature<IHttpRequestFeature>();
            _lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
            _response = features.GetRequiredFeature<IHttpResponseFeature>();
            _responseBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
            _requestBody = features.GetRequiredFeature<IRequestBodyPipeFeature>();
            _connection = features.Get<ClientConnection>() ?? new ClientConnection();
        }
        _connection!.CallStarted();
    }

    /// <summary>Prepares the gRPC side, once the method is known.</summary>
    /// <param name="timeout">The client's, or null.</param>
    public void Open(GrpcMethod method, MethodMetrics metrics, GrpcServerMetrics totals, int maxMessageBytes, TimeSpan? timeout)
    {
        _method = method;
        _metrics = metrics;
        _totals = totals;
        RequiresLeader = false;
        _reader.Reset(_requestBody!.Reader, maxMessageBytes, _request!.Headers[GrpcHeaders.Encoding]);
        if (method.IsStreaming)
            LiftBodyLimits();
        if (!method.IsStreaming && timeout is null)
            return;
        _usesSource = true;
        _source ??= new CancellationTokenSource();
        _clientGone = _lifetime!.RequestAborted.UnsafeRegister(static call => ((HttpServerCall)call!).OnClientGone(), this);
        if (timeout < s_longestTimer)
            _source.CancelAfter(timeout.Value);
    }

    /// <summary>Counts the call as started; without it, its end is not counted either.</summary>
    public void CountStart()
    {
        _metrics!.Started.Increment();
        _startedAt = Stopwatch.GetTimestamp();
        if (!_method!.HasSingleRequest)
            return;
        _metrics.Received.Increment();
        _totals!.ReceivedBytes.Add(_reader.Current.Length);
    }

    public override string? GetHeader(string name)
    {
        var values = _request!.Headers[name];
        return values.Count == 0 ? null : values[0];
    }

    /// <summary>Reads the only message of a single-request method; false if there is none.</summary>
    // Without a deadline the pipe itself ends the wait when the client goes away.
    public ValueTask<bool> ReadSingleAsync() => _reader.ReadAsync(_usesSource ? _source!.Token : CancellationToken.None);

    public override async ValueTask<bool> ReadAsync()
    {
        if (!await _reader.ReadAsync(_source!.Token))
            return false;
        _metrics!.Received.Increment();
        _totals!.ReceivedBytes.Add(_reader.Current.Length);
        return true;
    }

    public override IBufferWriter<byte> StartMessage(int messageBytes)
    {
        PipeWriter output = _output ??= StartResponse();
        FramePrefix.Write(output, messageBytes);
        _metrics!.Sent.Increment();
        _totals!.SentBytes.Add(messageBytes);
        return output;
    }

    public override ValueTask FlushAsync()
    {
        PipeWriter output = _output ??= StartResponse();
        ValueTask<FlushResult> flushing = output.FlushAsync(CancellationToken);
        if (!flushing.IsCompletedSuccessfully)
            return AwaitFlushAsync(flushing);
        return flushing.Result.IsCompleted ? ValueTask.FromException(new OperationCanceledException()) : ValueTask.CompletedTask;
    }

    public override void Abort(GrpcStatus status)
    {
        lock (_abortLock)
        {
            if (_method is not { IsStreaming: true } || _abortStatus is not null || _source is null)
                return;
            _abortStatus = status;
            // Callbacks run elsewhere, not under this lock.
            _ = _source.CancelAsync();
        }
    }

    /// <summary>What to answer when waiting was cut short.</summary>
    public GrpcStatus StatusOfCancellation() =>
        _usesSource && !Volatile.Read(ref _isClientGone) ? CallStatus.DeadlineExceeded : CallStatus.Canceled;

    /// <summary>Writes the status and gives everything back that belonged to the call.</summary>
    public void Close(GrpcStatus status)
    {
        _reader.Reset(input: null, maxMessageBytes: 0, encoding: null);
        if (_method!.IsStreaming)
            status = OrAborted(status);
        if (_output is null)
        {
            // Nothing was sent: one header block with the status in it, and the stream is over.
            _response!.Headers.ContentType = ResponseContentType();
            WriteStatus(_response.Headers, status);
        }
        else
        {
            WriteStatus(_features!.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers, status);
        }
        if (_startedAt == 0)
            return;
        _metrics!.Handled(status.Code);
        _metrics.Handling?.Observe(Stopwatch.GetElapsedTime(_startedAt));
    }

    /// <summary>Refuses a request that is no gRPC call.</summary>
    public void Refuse(int httpStatus, GrpcStatus status)
    {
        _response!.StatusCode = httpStatus;
        _response.Headers.ContentType = GrpcHeaders.ContentType;
        WriteStatus(_response.Headers, status);
    }

    /// <summary>Makes the object ready for the stream's next request.</summary>
    public void End()
    {
        _connection!.CallEnded();
        _output = null;
        _metrics = null;
        _startedAt = 0;
        if (!_usesSource)
            return;
        // Waits for a callback that is running, so that it cannot touch the next call.
        _clientGone.Dispose();
        _usesSource = false;
        _isClientGone = false;
        lock (_abortLock)
        {
            if (_source!.TryReset())
                return;
            _source.Dispose();
            _source = null;
        }
    }

    private GrpcStatus OrAborted(GrpcStatus status)
    {
        lock (_abortLock)
            return _abortStatus ?? status;
    }

    private void OnClientGone()
    {
        Volatile.Write(ref _isClientGone, true);
        _source!.Cancel();
    }

    private static async ValueTask AwaitFlushAsync(ValueTask<FlushResult> flushing)
    {
        FlushResult result = await flushing;
        if (result.IsCompleted)
            throw new OperationCanceledException();
    }

    private PipeWriter StartResponse()
    {
        _response!.Headers.ContentType = ResponseContentType();
        return _responseBody!.Writer;
    }

    // Compat: grpc-go answers with the subtype it was asked with.
    private string ResponseContentType() =>
        string.Equals(_request!.Headers.ContentType, GrpcHeaders.ContentType, StringComparison.Ordinal) ? GrpcHeaders.ContentType : _request.Headers.ContentType.ToString();

    private static void WriteStatus(IHeaderDictionary headers, GrpcStatus status)
    {
        headers.GrpcStatus = StatusCodeText.Digits(status.Code);
        if (!string.IsNullOrEmpty(status.Message))
            headers.GrpcMessage = StatusMessage.Encode(status.Message);
    }

    /// <summary>A stream may be silent for hours and carry any number of messages.</summary>
    private void LiftBodyLimits()
    {
        if (_features!.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        if (_features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;
    }
}
