using System.Threading.Channels;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Google.Protobuf;

namespace Etcd.Client.Tests.Fakes;

/// <summary>A server of a test's making behind the call seam: every stream that is opened can be read and fed by the test.</summary>
internal sealed class ScriptedServer : ICallInvoker
{
    private readonly Channel<object> _opened = Channel.CreateUnbounded<object>();

    /// <summary>Answers unary calls: path and request in, response out.</summary>
    public Func<string, IMessage, IMessage>? OnUnary { get; set; }

    public async Task<ScriptedStream<TRequest, TResponse>> NextStreamAsync<TRequest, TResponse>()
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse> =>
        (ScriptedStream<TRequest, TResponse>)await _opened.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse> =>
        Task.FromResult((TResponse)OnUnary!(method.Path, request));

    public Task<IStreamCall<TRequest, TResponse>> OpenStreamAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        var stream = new ScriptedStream<TRequest, TResponse>();
        _opened.Writer.TryWrite(stream);
        return Task.FromResult<IStreamCall<TRequest, TResponse>>(stream);
    }
}

internal sealed class ScriptedStream<TRequest, TResponse> : IStreamCall<TRequest, TResponse>
    where TRequest : IMessage
    where TResponse : class, IMessage<TResponse>
{
    private readonly Channel<TRequest> _requests = Channel.CreateUnbounded<TRequest>();
    private readonly Channel<TResponse> _responses = Channel.CreateUnbounded<TResponse>();

    public bool IsDisposed { get; private set; }

    public async Task<TRequest> NextRequestAsync() => await _requests.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public void Answer(TResponse response) => _responses.Writer.TryWrite(response);

    public void End(GrpcStatus status) => _responses.Writer.TryComplete(status.IsOk ? null : new RpcException(status));

    public ValueTask WriteAsync(TRequest message, CancellationToken cancellationToken) => _requests.Writer.WriteAsync(message, cancellationToken);

    public ValueTask CompleteWritesAsync()
    {
        _requests.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken) =>
        await _responses.Reader.WaitToReadAsync(cancellationToken) && _responses.Reader.TryRead(out TResponse? response) ? response : null;

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
