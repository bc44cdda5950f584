using System.Net;
using Google.Protobuf;

namespace Etcd.Grpc.Client;

/// <summary>A stream over HTTP/2: the request body stays open and is written message by message.</summary>
internal sealed class StreamCall<TRequest, TResponse> : IStreamCall<TRequest, TResponse>
    where TRequest : IMessage
    where TResponse : class, IMessage<TResponse>
{
    private readonly GrpcChannel _channel;
    private readonly MessageParser<TResponse> _parser;
    private readonly bool _compress;
    private readonly CancellationToken _cancelledByCaller;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenSource? _limit;
    private readonly OpenBody _body = new();
    private HttpRequestMessage? _request;
    private Task<HttpResponseMessage>? _response;
    private ResponseReader<TResponse>? _reader;

    public StreamCall(GrpcChannel channel, MessageParser<TResponse> parser, CallOptions options, CancellationToken cancellationToken)
    {
        _channel = channel;
        _parser = parser;
        _compress = options.Compress;
        _cancelledByCaller = cancellationToken;
        _limit = GrpcChannel.LimitFor(options, cancellationToken);
        _ended = CancellationTokenSource.CreateLinkedTokenSource(_limit?.Token ?? cancellationToken);
    }

    /// <summary>Waits until there is a connection and the head of the request is on its way.</summary>
    public async Task StartAsync(HttpMessageInvoker http, HttpRequestMessage request)
    {
        _request = request;
        request.Content = _body;
        _response = http.SendAsync(request, _ended.Token);
        Task first = await Task.WhenAny(_body.Opened, _response);
        if (first == _response && !_response.IsCompletedSuccessfully)
        {
            try
            {
                await _response;
            }
            catch (Exception problem)
            {
                Exception translated = TransportProblem.Translate(problem, _cancelledByCaller, _limit);
                await DisposeAsync();
                throw translated;
            }
        }
    }

    public async ValueTask WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        byte[] frame = _channel.Frame(message, _compress);
        try
        {
            Stream body = await _body.Opened.WaitAsync(cancellationToken);
            await body.WriteAsync(frame, cancellationToken);
            await body.FlushAsync(cancellationToken);
        }
        catch (Exception problem) when (problem is not RpcException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw TransportProblem.Translate(problem, _cancelledByCaller, _limit);
        }
    }

    public ValueTask CompleteWritesAsync()
    {
        _body.Complete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration _ = cancellationToken.UnsafeRegister(static ended => ((CancellationTokenSource)ended!).Cancel(), _ended);
        try
        {
            _reader ??= await ResponseReader<TResponse>.OpenAsync(await _response!, _parser, _channel.MaxReceiveBytes, _ended.Token);
            return await _reader.ReadAsync(_ended.Token);
        }
        catch (Exception problem) when (problem is not RpcException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw TransportProblem.Translate(problem, _cancelledByCaller, _limit);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _body.Complete();
        await _ended.CancelAsync();
        if (_response is not null)
        {
            try
            {
                (await _response).Dispose();
            }
            catch (Exception problem) when (problem is OperationCanceledException or HttpRequestException or IOException)
            {
                // Cancelled by us just now, or failed before: whoever read or wrote has been told.
            }
        }
        _reader?.Dispose();
        _request?.Dispose();
        _ended.Dispose();
        _limit?.Dispose();
    }

    /// <summary>A request body that hands out its stream and ends when told to.</summary>
    private sealed class OpenBody : HttpContent
    {
        private readonly TaskCompletionSource<Stream> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public OpenBody() => Headers.ContentType = GrpcChannel.ContentType;

        public Task<Stream> Opened => _opened.Task;

        public void Complete() => _completed.TrySetResult();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            // Flushing sends the request's headers, which many a server wants before the first message.
            await stream.FlushAsync(cancellationToken);
            _opened.TrySetResult(stream);
            await _completed.Task.WaitAsync(cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
