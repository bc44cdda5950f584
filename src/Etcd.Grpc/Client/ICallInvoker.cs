using Google.Protobuf;

namespace Etcd.Grpc.Client;

/// <summary>Something that can carry out calls: one connection, a balanced set of them, or a server in the same process.</summary>
public interface ICallInvoker
{
    /// <summary>One request, one response.</summary>
    /// <exception cref="RpcException">The call ended with a status other than OK, or its deadline passed.</exception>
    /// <exception cref="NoConnectionException">Nothing was sent, because there is no connection.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled.</exception>
    Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>;

    /// <summary>Opens a stream: for server streaming write one request and complete; for both ways write at will.</summary>
    /// <param name="cancellationToken">Ends the whole stream, not just the opening.</param>
    /// <exception cref="NoConnectionException">Nothing was sent, because there is no connection.</exception>
    Task<IStreamCall<TRequest, TResponse>> OpenStreamAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>;
}

/// <summary>An open stream. One writer and one reader may use it at the same time; disposing it cancels the call.</summary>
public interface IStreamCall<TRequest, TResponse> : IAsyncDisposable
    where TRequest : IMessage
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>Sends one message.</summary>
    /// <exception cref="RpcException">The call has ended; only <see cref="ReadAsync"/> knows the server's reason.</exception>
    ValueTask WriteAsync(TRequest message, CancellationToken cancellationToken);

    /// <summary>Says that no more messages will be sent.</summary>
    ValueTask CompleteWritesAsync();

    /// <summary>Waits for the next message.</summary>
    /// <param name="cancellationToken">Cancelling a read ends the call.</param>
    /// <returns>Null when the stream ended with OK.</returns>
    /// <exception cref="RpcException">The stream ended with another status.</exception>
    ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken);
}
