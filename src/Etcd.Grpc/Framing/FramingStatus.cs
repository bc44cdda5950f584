using Etcd.Protocol.Errors;

namespace Etcd.Grpc;

/// <summary>How a call ends when a message cannot be read, in the words of grpc-go, which clients and tests match on.</summary>
internal static class FramingStatus
{
    public static GrpcStatus TooLarge(uint messageBytes, int maxMessageBytes) =>
        new(StatusCode.ResourceExhausted, $"grpc: received message larger than max ({messageBytes} vs. {maxMessageBytes})");

    public static GrpcStatus TooLargeAfterDecompression(int maxMessageBytes) =>
        new(StatusCode.ResourceExhausted, $"grpc: received message after decompression larger than max {maxMessageBytes}");

    public static GrpcStatus UnexpectedFormat(byte format) =>
        new(StatusCode.Internal, $"grpc: received unexpected payload format {format}");

    public static GrpcStatus CompressedWithoutEncoding =>
        new(StatusCode.Internal, "grpc: compressed flag set with identity or empty encoding");

    public static GrpcStatus UnknownEncoding(string encoding) =>
        new(StatusCode.Unimplemented, $"grpc: Decompressor is not installed for grpc-encoding \"{encoding}\"");

    public static GrpcStatus BrokenCompression(string problem) =>
        new(StatusCode.Internal, $"grpc: failed to decompress the received message: {problem}");

    // Compat: no code fits less; grpc-go lets the plain I/O error through, which becomes Unknown.
    public static GrpcStatus Truncated => new(StatusCode.Unknown, "unexpected EOF");
}
