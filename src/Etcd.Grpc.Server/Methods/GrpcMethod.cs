namespace Etcd.Grpc.Server;

/// <summary>Which sides of a call send more than one message.</summary>
public enum MethodKind
{
    Unary,
    ClientStreaming,
    ServerStreaming,
    BidiStreaming,
}

/// <summary>Answers one call.</summary>
/// <param name="call">Valid until the returned task ends. For a method whose client sends one message, that message has
/// been read already and is in <see cref="ServerCall.Message"/>.</param>
/// <returns>How the call ends. A handler may as well throw <see cref="RpcException"/> or
/// <see cref="Etcd.Protocol.Errors.EtcdException"/>; returning is cheaper.</returns>
public delegate ValueTask<GrpcStatus> GrpcHandler(ServerCall call);

/// <summary>One method of a service, and who answers it.</summary>
/// <param name="Service">Full name, e.g. <c>etcdserverpb.KV</c>.</param>
/// <param name="Name">E.g. <c>Put</c>.</param>
public sealed record GrpcMethod(string Service, string Name, MethodKind Kind, GrpcHandler Handler)
{
    /// <summary>The <c>:path</c> of its calls.</summary>
    public string Path { get; } = $"/{Service}/{Name}";

    /// <summary>Whether either side may send more than one message, so that a call may live long.</summary>
    public bool IsStreaming => Kind != MethodKind.Unary;

    /// <summary>Whether the client sends exactly one message.</summary>
    public bool HasSingleRequest => Kind is MethodKind.Unary or MethodKind.ServerStreaming;

    /// <summary>The <c>grpc_type</c> label of its metrics.</summary>
    public string KindLabel => Kind switch
    {
        MethodKind.Unary => "unary",
        MethodKind.ClientStreaming => "client_stream",
        MethodKind.ServerStreaming => "server_stream",
        _ => "bidi_stream",
    };
}
