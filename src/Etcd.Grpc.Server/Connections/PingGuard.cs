using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Etcd.Grpc.Server;

/// <summary>Sits between a connection's transport and Kestrel's HTTP/2, watches the client's pings, and ends the connection
/// with GOAWAY <c>too_many_pings</c> when <see cref="PingPolicy"/> says so.</summary>
/// <remarks>Kestrel answers every ping and offers no hook, hence this. It cannot write a frame at any moment, for Kestrel owns
/// the output; but it makes Kestrel flush an answer to the very ping that broke the rule, and every flush ends at a frame
/// boundary. There our GOAWAY is appended, and then the input ends as if the client had closed it.</remarks>
internal sealed class PingGuard : IDuplexPipe
{
    // GOAWAY: 8 bytes and the text, type 7, no flags, stream 0; last stream 2^31-1, ENHANCE_YOUR_CALM (11).
    private static readonly byte[] s_goAway =
    [
        0, 0, 22, 7, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 11, .. "too_many_pings"u8,
    ];

    private readonly IDuplexPipe _transport;
    private readonly PingPolicy _policy;
    private volatile State _state;

    public PingGuard(IDuplexPipe transport, PingPolicy policy)
    {
        _transport = transport;
        _policy = policy;
        Input = new GuardedReader(this);
        Output = new GuardedWriter(this);
    }

    private enum State
    {
        Serving,
        MustSendGoAway,
        Ended,
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    private void PingsArrived(int count)
    {
        for (; count > 0; count--)
        {
            if (!_policy.Allow() && _state == State.Serving)
                _state = State.MustSendGoAway;
        }
    }

    /// <summary>Under Kestrel's write lock.</summary>
    private void BeforeFlush()
    {
        if (_state != State.MustSendGoAway)
            return;
        _transport.Output.Write(s_goAway);
        _state = State.Ended;
        _transport.Input.CancelPendingRead();
    }

    private sealed class GuardedReader(PingGuard guard) : PipeReader
    {
        private readonly PipeReader _inner = guard._transport.Input;
        private FrameScanner _scanner = new(FrameScanner.ClientPrefaceBytes);
        private ReadOnlySequence<byte> _buffer;
        // Bytes at the beginning of the buffer that were scanned in an earlier read but not yet consumed.
        private long _scannedBytes;

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            ValueTask<ReadResult> reading = _inner.ReadAsync(cancellationToken);
            return reading.IsCompletedSuccessfully ? ValueTask.FromResult(Inspect(reading.Result)) : AwaitAsync(reading);
        }

        public override bool TryRead(out ReadResult result)
        {
            bool read = _inner.TryRead(out result);
            if (read)
                result = Inspect(result);
            return read;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _scannedBytes -= _buffer.Slice(0, consumed).Length;
            _buffer = default;
            _inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => _inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => _inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> reading) => Inspect(await reading);

        private ReadResult Inspect(ReadResult result)
        {
            _buffer = result.Buffer;
            int pings = 0;
            foreach (ReadOnlyMemory<byte> segment in _buffer.Slice(_scannedBytes))
                pings += _scanner.Scan(segment.Span).Pings;
            _scannedBytes = _buffer.Length;
            guard.PingsArrived(pings);
            return guard._state == State.Ended ? new ReadResult(_buffer, isCanceled: false, isCompleted: true) : result;
        }
    }

    private sealed class GuardedWriter(PingGuard guard) : PipeWriter
    {
        private readonly PipeWriter _inner = guard._transport.Output;
        private FrameScanner _scanner = new(prefaceBytes: 0);
        // Where the next written bytes will be.
        private Memory<byte> _next;

        public override bool CanGetUnflushedBytes => _inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => _inner.UnflushedBytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => _next = _inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

        public override void Advance(int bytes)
        {
            // As in grpc-go, whatever is sent for a call forgives pings: a client that receives a large response measures the
            // connection with them.
            if (_scanner.Scan(_next.Span[..bytes]).HasCallFrames)
                guard._policy.Forgive();
            _next = _next[bytes..];
            _inner.Advance(bytes);
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            guard.BeforeFlush();
            return _inner.FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush() => _inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => _inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => _inner.CompleteAsync(exception);
    }
}
