using Google.Protobuf;

namespace Etcd.Grpc.Client;

/// <summary>One remote procedure as a caller needs it: where it is and how to read its answers.</summary>
/// <param name="Path"><c>/package.Service/Method</c>, e.g. <c>/etcdserverpb.KV/Range</c>.</param>
/// <param name="Responses">Parses one response message.</param>
public sealed record GrpcMethod<TRequest, TResponse>(string Path, MessageParser<TResponse> Responses)
    where TRequest : IMessage
    where TResponse : class, IMessage<TResponse>;
