using Etcd.Grpc.Client;
using Google.Protobuf;

namespace Etcd.Client.Connections;

/// <summary>A connection to a server in the same process: whoever made the invoker has taken care of credentials.</summary>
internal sealed class InProcessConnection(ICallInvoker server) : IConnection
{
    public IReadOnlyList<string> Endpoints => [];

    public ICallInvoker For(string endpoint) => server;

    public void ReplaceEndpoints(IReadOnlyList<string> endpoints)
    {
    }

    public Task EnsureTokenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RenewTokenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<TResponse> UnaryAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse> =>
        server.UnaryAsync(method, request, options, cancellationToken);

    public Task<IStreamCall<TRequest, TResponse>> OpenStreamAsync<TRequest, TResponse>(
        GrpcMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse> =>
        server.OpenStreamAsync(method, options, cancellationToken);

    public void Dispose()
    {
    }
}
