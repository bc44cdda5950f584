using System.Buffers;
using System.IO.Pipelines;
using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Tests.Framing;

public sealed class MessageReaderTests
{
    private const int Limit = 1000;

    [Fact]
    public async Task Read_SeveralMessagesInOneBuffer_ReturnsEachThenEnd()
    {
        MessageReader reader = ReaderOf([.. Frame([1, 2, 3]), .. Frame([]), .. Frame([9])]);
        Assert.Equal([[1, 2, 3], [], [9]], await ReadAllAsync(reader));
    }

    [Fact]
    public async Task Read_MessageCutAnywhere_WaitsForTheRest()
    {
        byte[] bytes = [.. Frame([.. Enumerable.Range(0, 40).Select(value => (byte)value)]), .. Frame([5])];
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var pipe = new Pipe();
            MessageReader reader = new();
            reader.Reset(pipe.Reader, Limit, encoding: null);
            Task<List<byte[]>> reading = ReadAllAsync(reader);
            await pipe.Writer.WriteAsync(bytes.AsMemory(0, cut));
            await pipe.Writer.WriteAsync(bytes.AsMemory(cut));
            await pipe.Writer.CompleteAsync();
            List<byte[]> messages = await reading;
            Assert.Equal(2, messages.Count);
            Assert.Equal(40, messages[0].Length);
            Assert.Equal([5], messages[1]);
        }
    }

    [Fact]
    public async Task Read_MessageAcrossSegments_IsOnePiece()
    {
        // Segments of one byte: nothing lies in one piece, the prefix neither.
        byte[] bytes = [.. Frame([1, 2, 3, 4]), .. Frame([6])];
        var pipe = new Pipe(new PipeOptions(minimumSegmentSize: 1, pool: new OneBytePool(), pauseWriterThreshold: 0));
        pipe.Writer.Write(bytes);
        await pipe.Writer.CompleteAsync();
        MessageReader reader = new();
        reader.Reset(pipe.Reader, Limit, encoding: null);
        Assert.Equal([[1, 2, 3, 4], [6]], await ReadAllAsync(reader));
    }

    [Theory]
    [InlineData(new byte[] { 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0, 0, 2, 1 })]
    public async Task Read_StreamEndsInsideMessage_IsUnexpectedEnd(byte[] bytes) =>
        await AssertFailsAsync(ReaderOf(bytes), StatusCode.Unknown, "unexpected EOF");

    [Fact]
    public async Task Read_MessageOverLimit_IsRefusedBeforeItsBytesArrive() =>
        await AssertFailsAsync(ReaderOf([0, 0, 0, 0x03, 0xe9]), StatusCode.ResourceExhausted, "grpc: received message larger than max (1001 vs. 1000)");

    [Fact]
    public async Task Read_LargestLength_IsRefused() =>
        await AssertFailsAsync(ReaderOf([0, 255, 255, 255, 255]), StatusCode.ResourceExhausted, "grpc: received message larger than max (4294967295 vs. 1000)");

    [Fact]
    public async Task Read_CompressedMessage_IsDecompressed()
    {
        byte[] message = [.. Enumerable.Repeat((byte)7, Limit)];
        MessageReader reader = ReaderOf([.. Frame(Gzip.Compress(message), format: 1), .. Frame([1])], Gzip.Name);
        Assert.Equal([message, [1]], await ReadAllAsync(reader));
    }

    [Fact]
    public async Task Read_CompressionBomb_StopsAtLimit()
    {
        byte[] bomb = Gzip.Compress(new byte[Limit * 100]);
        Assert.True(bomb.Length < Limit);
        await AssertFailsAsync(ReaderOf(Frame(bomb, format: 1), Gzip.Name), StatusCode.ResourceExhausted, "grpc: received message after decompression larger than max 1000");
    }

    [Theory]
    [InlineData(null, "grpc: compressed flag set with identity or empty encoding", StatusCode.Internal)]
    [InlineData("identity", "grpc: compressed flag set with identity or empty encoding", StatusCode.Internal)]
    [InlineData("snappy", "grpc: Decompressor is not installed for grpc-encoding \"snappy\"", StatusCode.Unimplemented)]
    public async Task Read_CompressedWithoutKnownEncoding_IsRefused(string? encoding, string message, StatusCode code) =>
        await AssertFailsAsync(ReaderOf(Frame([1, 2], format: 1), encoding), code, message);

    [Fact]
    public async Task Read_NoGzipInside_IsInternal()
    {
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => ReadAllAsync(ReaderOf(Frame([1, 2, 3], format: 1), Gzip.Name)));
        Assert.Equal(StatusCode.Internal, refusal.Status.Code);
        Assert.StartsWith("grpc: failed to decompress the received message: ", refusal.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_UnknownFormat_IsInternal() =>
        await AssertFailsAsync(ReaderOf(Frame([1], format: 2)), StatusCode.Internal, "grpc: received unexpected payload format 2");

    [Fact]
    public async Task Read_RandomBytes_YieldsMessagesOrTypedRefusal()
    {
        const int Seed = 7_001;
        var random = new Random(Seed);
        for (int round = 0; round < 500; round++)
        {
            byte[] bytes = new byte[random.Next(0, 60)];
            random.NextBytes(bytes);
            if (bytes.Length > 4 && round % 2 == 0)
                bytes.AsSpan(0, 4).Clear();
            MessageReader reader = ReaderOf(bytes, Gzip.Name);
            try
            {
                await ReadAllAsync(reader);
            }
            catch (RpcException refusal)
            {
                Assert.False(refusal.Status.IsOk, $"seed {Seed}, round {round}");
            }
        }
    }

    private static byte[] Frame(byte[] message, byte format = 0)
    {
        byte[] frame = new byte[FramePrefix.Size + message.Length];
        FramePrefix.Write(frame, message.Length);
        frame[0] = format;
        message.CopyTo(frame, FramePrefix.Size);
        return frame;
    }

    private static MessageReader ReaderOf(byte[] bytes, string? encoding = null)
    {
        MessageReader reader = new();
        reader.Reset(PipeReader.Create(new ReadOnlySequence<byte>(bytes)), Limit, encoding);
        return reader;
    }

    private static async Task<List<byte[]>> ReadAllAsync(MessageReader reader)
    {
        List<byte[]> messages = [];
        while (await reader.ReadAsync(CancellationToken.None))
            messages.Add(reader.Current.ToArray());
        return messages;
    }

    private static async Task AssertFailsAsync(MessageReader reader, StatusCode code, string message)
    {
        RpcException refusal = await Assert.ThrowsAsync<RpcException>(() => ReadAllAsync(reader));
        Assert.Equal(new GrpcStatus(code, message), refusal.Status);
    }

    private sealed class OneBytePool : MemoryPool<byte>
    {
        public override int MaxBufferSize => 1;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => new Owner();

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Owner : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = new byte[1];

            public void Dispose()
            {
            }
        }
    }
}
