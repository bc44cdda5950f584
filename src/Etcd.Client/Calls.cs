using System.Runtime.CompilerServices;
using Etcd.Client.Connections;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Google.Protobuf;

namespace Etcd.Client;

/// <summary>Calls as the services make them: transport exceptions become <see cref="EtcdClientException"/>.</summary>
internal static class Calls
{
    public static readonly CallOptions Once = CallOptions.Default;
    public static readonly CallOptions Repeatable = new() { IsRepeatable = true };

    // A member without a leader fails such a call at once instead of letting it hang.
    private static readonly Metadata s_requireLeader = new() { { "hasleader", "true" } };

    public static readonly CallOptions RequireLeader = new() { Metadata = s_requireLeader };

    public static async Task<TResponse> SendAsync<TRequest, TResponse>(
        this ICallInvoker invoker, GrpcMethod<TRequest, TResponse> method, TRequest request, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            return await invoker.UnaryAsync(method, request, options, cancellationToken);
        }
        catch (RpcException problem)
        {
            throw new EtcdClientException(problem.Status, problem);
        }
        catch (NoConnectionException problem)
        {
            throw new EtcdClientException(problem.Status, problem);
        }
    }

    /// <summary>One request, a stream of responses.</summary>
    public static async IAsyncEnumerable<TResponse> StreamAsync<TRequest, TResponse>(
        this IConnection connection, ICallInvoker invoker, GrpcMethod<TRequest, TResponse> method, TRequest request, CallOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        await TranslateAsync(connection.EnsureTokenAsync(cancellationToken));
        await using IStreamCall<TRequest, TResponse> call = await OpenAsync(invoker, method, options, cancellationToken);
        try
        {
            await call.WriteAsync(request, cancellationToken);
            await call.CompleteWritesAsync();
        }
        catch (RpcException)
        {
            // The server has ended the call already; reading tells why.
        }
        while (await ReadAsync(call, cancellationToken) is { } response)
            yield return response;
    }

    public static async Task<IStreamCall<TRequest, TResponse>> OpenAsync<TRequest, TResponse>(
        ICallInvoker invoker, GrpcMethod<TRequest, TResponse> method, CallOptions options, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            return await invoker.OpenStreamAsync(method, options, cancellationToken);
        }
        catch (RpcException problem)
        {
            throw new EtcdClientException(problem.Status, problem);
        }
    }

    public static async ValueTask<TResponse?> ReadAsync<TRequest, TResponse>(IStreamCall<TRequest, TResponse> call, CancellationToken cancellationToken)
        where TRequest : IMessage
        where TResponse : class, IMessage<TResponse>
    {
        try
        {
            return await call.ReadAsync(cancellationToken);
        }
        catch (RpcException problem)
        {
            throw new EtcdClientException(problem.Status, problem);
        }
    }

    public static async Task TranslateAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (RpcException problem)
        {
            throw new EtcdClientException(problem.Status, problem);
        }
    }
}
