using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Etcd.Grpc;

/// <summary>Takes framed messages off a stream, one at a time, without copying those that lie in one piece.</summary>
/// <remarks>Used by one reader at a time. <see cref="Current"/> belongs to this object: it is valid until the next
/// <see cref="ReadAsync"/>, <see cref="Release"/> or <see cref="Reset"/>.</remarks>
public sealed class MessageReader
{
    private PipeReader? _input;
    private string? _encoding;
    private int _maxMessageBytes;
    private byte[]? _rented;
    // Set while Current is a view of the pipe's own memory: where the pipe continues behind it.
    private SequencePosition? _behindCurrent;

    /// <summary>The message that the last successful read found; may be empty.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>Begins with a new stream; the old one is released but not completed.</summary>
    /// <param name="input">Positioned at a frame; owned by the caller.</param>
    /// <param name="maxMessageBytes">Most bytes of one message, after decompression too.</param>
    /// <param name="encoding">The peer's <c>grpc-encoding</c>; null, empty or <c>identity</c> if it sent none.</param>
    public void Reset(PipeReader? input, int maxMessageBytes, string? encoding)
    {
        Release();
        _input = input;
        _maxMessageBytes = maxMessageBytes;
        _encoding = string.IsNullOrEmpty(encoding) || encoding == "identity" ? null : encoding;
    }

    /// <summary>Waits for the next message.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="RpcException">The stream is no sequence of frames, or a message is too large or cannot be decompressed.</exception>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        Release();
        PipeReader input = _input!;
        if (input.TryRead(out ReadResult result) && !result.IsCanceled && TryTake(input, result, out bool found))
            return ValueTask.FromResult(found);
        return ReadSlowAsync(input, cancellationToken);
    }

    /// <summary>Gives the current message's memory back before the next read, so that the peer may send more.</summary>
    public void Release()
    {
        if (_behindCurrent is { } position)
        {
            _input!.AdvanceTo(position);
            _behindCurrent = null;
        }
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
        Current = default;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadSlowAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult result = await input.ReadAsync(cancellationToken);
            if (result.IsCanceled)
                throw new OperationCanceledException(cancellationToken);
            if (TryTake(input, result, out bool found))
                return found;
        }
    }

    /// <summary>Takes a whole message, or sees the end; otherwise tells the pipe to wait for more.</summary>
    private bool TryTake(PipeReader input, in ReadResult result, out bool found)
    {
        ReadOnlySequence<byte> buffer = result.Buffer;
        found = false;
        if (FramePrefix.TryRead(buffer, out FramePrefix prefix))
        {
            if (prefix.MessageBytes > _maxMessageBytes)
            {
                input.AdvanceTo(buffer.Start);
                throw new RpcException(FramingStatus.TooLarge(prefix.MessageBytes, _maxMessageBytes));
            }
            if (buffer.Length - FramePrefix.Size >= prefix.MessageBytes)
            {
                Take(input, buffer.Slice(FramePrefix.Size, prefix.MessageBytes), prefix.Format);
                found = true;
                return true;
            }
        }
        if (!result.IsCompleted)
        {
            input.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }
        bool isClean = buffer.IsEmpty;
        input.AdvanceTo(buffer.End);
        return isClean ? true : throw new RpcException(FramingStatus.Truncated);
    }

    private void Take(PipeReader input, in ReadOnlySequence<byte> message, byte format)
    {
        if (format == 0 && message.IsSingleSegment)
        {
            Current = message.First;
            _behindCurrent = message.End;
            return;
        }
        int length = (int)message.Length;
        _rented = ArrayPool<byte>.Shared.Rent(length);
        message.CopyTo(_rented);
        input.AdvanceTo(message.End);
        Current = _rented.AsMemory(0, length);
        if (format != 0)
            Decompress(format, length);
    }

    private void Decompress(byte format, int compressedBytes)
    {
        if (format != 1)
            throw new RpcException(FramingStatus.UnexpectedFormat(format));
        if (_encoding is null)
            throw new RpcException(FramingStatus.CompressedWithoutEncoding);
        if (_encoding != Gzip.Name)
            throw new RpcException(FramingStatus.UnknownEncoding(_encoding));
        byte[] compressed = _rented!;
        try
        {
            int length = Gzip.Decompress(compressed, compressedBytes, _maxMessageBytes, out byte[] message);
            if (length < 0)
                throw new RpcException(FramingStatus.TooLargeAfterDecompression(_maxMessageBytes));
            _rented = message;
            Current = message.AsMemory(0, length);
            ArrayPool<byte>.Shared.Return(compressed);
        }
        catch (InvalidDataException problem)
        {
            throw new RpcException(FramingStatus.BrokenCompression(problem.Message), problem);
        }
    }
}
