using System.Buffers;
using Google.Protobuf;

namespace Etcd.Grpc;

/// <summary>Writes whole framed messages.</summary>
public static class MessageWriter
{
    /// <summary>Writes prefix and message, uncompressed.</summary>
    public static void Write(IBufferWriter<byte> output, IMessage message)
    {
        FramePrefix.Write(output, message.CalculateSize());
        message.WriteTo(output);
    }

    /// <summary>Writes prefix and already encoded message, uncompressed.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> message)
    {
        FramePrefix.Write(output, message.Length);
        output.Write(message);
    }
}
