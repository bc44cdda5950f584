using System.Buffers;
using System.IO.Compression;

namespace Etcd.Grpc;

/// <summary>The one compression of messages that gRPC peers of etcd use.</summary>
public static class Gzip
{
    /// <summary>Name in <c>grpc-encoding</c> and <c>grpc-accept-encoding</c>.</summary>
    public const string Name = "gzip";

    private const int FirstGuessBytes = 4096;

    /// <summary>Compresses one message.</summary>
    public static byte[] Compress(ReadOnlySpan<byte> message)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(message);
        return compressed.ToArray();
    }

    /// <summary>Decompresses one message and stops as soon as it grows past the limit, whatever the data claims.</summary>
    /// <param name="compressed">Array that holds the data from its beginning.</param>
    /// <param name="compressedBytes">How many bytes of it count.</param>
    /// <param name="maxMessageBytes">Most bytes the message may have.</param>
    /// <param name="rented">The message; the caller returns the array to <see cref="ArrayPool{T}.Shared"/>.</param>
    /// <returns>Bytes of the message, or -1 if it is larger than the limit (nothing is rented then).</returns>
    /// <exception cref="InvalidDataException">The data is no gzip stream.</exception>
    public static int Decompress(byte[] compressed, int compressedBytes, int maxMessageBytes, out byte[] rented)
    {
        using var source = new MemoryStream(compressed, 0, compressedBytes, writable: false);
        using var gzip = new GZipStream(source, CompressionMode.Decompress);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(Math.Max(FirstGuessBytes, compressedBytes * 2), maxMessageBytes + 1));
        int length = 0;
        try
        {
            int read;
            while (length <= maxMessageBytes && (read = gzip.Read(buffer.AsSpan(length))) > 0)
            {
                length += read;
                if (length == buffer.Length)
                    buffer = Grow(buffer, length);
            }
        }
        catch (InvalidDataException)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
        if (length <= maxMessageBytes)
        {
            rented = buffer;
            return length;
        }
        ArrayPool<byte>.Shared.Return(buffer);
        rented = [];
        return -1;
    }

    private static byte[] Grow(byte[] buffer, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
