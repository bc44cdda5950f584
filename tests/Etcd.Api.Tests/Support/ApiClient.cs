using Etcd.Grpc;
using Etcd.Grpc.Client;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Etcd.Api.Tests.Support;

/// <summary>Calls methods by path, one request message at a time.</summary>
public sealed class ApiClient(GrpcChannel channel)
{
    /// <summary>A unary call that must succeed.</summary>
    public Task<TResponse> CallAsync<TResponse>(string path, IMessage request, params (string Name, string Value)[] metadata)
        where TResponse : class, IMessage<TResponse>, new() =>
        channel.UnaryAsync(Method<TResponse>(path), request, OptionsOf(metadata), CancellationToken.None);

    /// <summary>A unary call, and how it ended.</summary>
    public async Task<GrpcStatus> StatusAsync(string path, IMessage request, params (string Name, string Value)[] metadata)
    {
        try
        {
            await CallAsync<Empty>(path, request, metadata);
            return GrpcStatus.Ok;
        }
        catch (RpcException refusal)
        {
            return refusal.Status;
        }
    }

    /// <summary>A unary call with a deadline of its own, and how it ended.</summary>
    public async Task<GrpcStatus> StatusWithinAsync(TimeSpan timeout, string path, IMessage request)
    {
        RpcException ended = await Assert.ThrowsAsync<RpcException>(
            () => channel.UnaryAsync(Method<Empty>(path), request, new CallOptions { Timeout = timeout }, CancellationToken.None));
        return ended.Status;
    }

    /// <summary>Asserts that a unary call is refused exactly so.</summary>
    public async Task AssertRefusedAsync(GrpcStatus expected, string path, IMessage request, params (string Name, string Value)[] metadata) =>
        Assert.Equal(expected, await StatusAsync(path, request, metadata));

    /// <summary>Opens a stream; the caller disposes it.</summary>
    public Task<IStreamCall<IMessage, TResponse>> OpenAsync<TResponse>(string path, params (string Name, string Value)[] metadata)
        where TResponse : class, IMessage<TResponse>, new() =>
        channel.OpenStreamAsync(Method<TResponse>(path), OptionsOf(metadata), CancellationToken.None);

    /// <summary>Calls a server-streaming method and reads all messages.</summary>
    public async Task<List<TResponse>> ReadAllAsync<TResponse>(string path, IMessage request)
        where TResponse : class, IMessage<TResponse>, new()
    {
        await using IStreamCall<IMessage, TResponse> call = await OpenAsync<TResponse>(path);
        await call.WriteAsync(request, CancellationToken.None);
        await call.CompleteWritesAsync();
        List<TResponse> messages = [];
        while (await call.ReadAsync(CancellationToken.None) is { } message)
            messages.Add(message);
        return messages;
    }

    private static GrpcMethod<IMessage, TResponse> Method<TResponse>(string path)
        where TResponse : class, IMessage<TResponse>, new() => new(path, new MessageParser<TResponse>(static () => new TResponse()));

    private static CallOptions OptionsOf((string Name, string Value)[] metadata)
    {
        var headers = new Metadata();
        foreach ((string name, string value) in metadata)
            headers.Add(name, value);
        return new CallOptions { Metadata = headers, Timeout = TimeSpan.FromSeconds(20) };
    }
}
