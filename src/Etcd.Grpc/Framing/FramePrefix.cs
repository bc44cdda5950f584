using System.Buffers;
using System.Buffers.Binary;

namespace Etcd.Grpc;

/// <summary>The five bytes before every message of a gRPC stream.</summary>
/// <remarks><code>
/// byte 0: 0 as is, 1 compressed with the stream's grpc-encoding
/// bytes 1..4: message bytes that follow, big-endian
/// </code></remarks>
public readonly record struct FramePrefix(byte Format, uint MessageBytes)
{
    public const int Size = 5;

    /// <summary>Reads the prefix from the beginning of the buffer.</summary>
    /// <returns>False: need more bytes.</returns>
    public static bool TryRead(in ReadOnlySequence<byte> buffer, out FramePrefix prefix)
    {
        if (buffer.FirstSpan.Length >= Size)
        {
            prefix = Read(buffer.FirstSpan);
            return true;
        }
        if (buffer.Length < Size)
        {
            prefix = default;
            return false;
        }
        Span<byte> bytes = stackalloc byte[Size];
        buffer.Slice(0, Size).CopyTo(bytes);
        prefix = Read(bytes);
        return true;
    }

    /// <summary>Writes the prefix of an uncompressed message.</summary>
    public static void Write(Span<byte> destination, int messageBytes, bool compressed = false)
    {
        destination[0] = compressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[1..], (uint)messageBytes);
    }

    /// <summary>Writes the prefix of a message of which exactly <paramref name="messageBytes"/> bytes will follow.</summary>
    public static void Write(IBufferWriter<byte> output, int messageBytes, bool compressed = false)
    {
        Write(output.GetSpan(Size), messageBytes, compressed);
        output.Advance(Size);
    }

    private static FramePrefix Read(ReadOnlySpan<byte> bytes) => new(bytes[0], BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]));
}
