using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Server;

/// <summary>Ends of a call that the transport decides, in the words of grpc-go.</summary>
public static class CallStatus
{
    public static GrpcStatus DeadlineExceeded => EtcdError.DeadlineExceeded;

    public static GrpcStatus Canceled => new(StatusCode.Canceled, "context canceled");

    /// <summary>A method that needs one request message got none.</summary>
    // Compat: grpc-go lets its end-of-file error through, which has no code of its own.
    public static GrpcStatus NoRequestMessage => new(StatusCode.Unknown, "EOF");

    public static GrpcStatus Broken => new(StatusCode.Internal, "internal error");

    public static GrpcStatus BadRequestMessage(string problem) =>
        new(StatusCode.Internal, $"grpc: error unmarshalling request: {problem}");

    public static GrpcStatus BadContentType(string? contentType) =>
        new(StatusCode.InvalidArgument, $"invalid gRPC request content-type: \"{contentType}\"");

    public static GrpcStatus BadMethod(string httpMethod) =>
        new(StatusCode.Internal, $"Received a HEADERS frame with :method \"{httpMethod}\" which should be POST");

    public static GrpcStatus BadTimeout(string problem) => new(StatusCode.Internal, $"malformed grpc-timeout: {problem}");

    /// <param name="messageBytes">Size of the response that cannot be framed.</param>
    public static GrpcStatus ResponseTooLarge(long messageBytes) =>
        new(StatusCode.ResourceExhausted, $"grpc: trying to send message larger than max ({messageBytes} vs. {int.MaxValue})");
}
