using Etcd.Client;
using Etcd.Foundation.Logging;
using Etcdctl.Cli;

namespace Etcdctl.Globals;

/// <summary>Log lines on standard error, in the shape of etcd's own client.</summary>
internal static class ClientLog
{
    public static Logger For(Terminal terminal) =>
        new(new ZapSink([new ErrorStream(terminal.Error)], console: false), LogLevel.Info, TimeProvider.System, "etcdctl/client");

    /// <summary>Reports a failed try in the words scripts and people know from Go's client.</summary>
    public static void FailedAttempt(Terminal terminal, IReadOnlyList<string> endpoints, FailedAttempt attempt) =>
        For(terminal).Warn("retrying of unary invoker failed",
            ("target", "etcd-endpoints://" + string.Join(',', endpoints)), ("method", attempt.Method), ("attempt", attempt.Attempt), ("error", attempt.Problem));

    /// <summary>Lets the log share the buffered writer, so that lines keep their order.</summary>
    private sealed class ErrorStream(ByteWriter error) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => error.Flush();

        public override void Write(ReadOnlySpan<byte> buffer) => error.Write(buffer);

        public override void Write(byte[] buffer, int offset, int count) => error.Write(buffer.AsSpan(offset, count));

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
