using Etcdctl.Text;
using Google.Protobuf;

namespace Etcdctl.Cli;

/// <summary>Buffered output of text and raw bytes; keys and values need not be UTF-8.</summary>
internal sealed class ByteWriter(Stream target)
{
    private const int BufferBytes = 16 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Lock _lock = new();
    private int _used;

    public void Write(string text) => Write(GoString.Encode(text));

    public void WriteLine(string text) => Write(text + "\n");

    public void Write(ByteString bytes) => Write(bytes.Span);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (bytes.Length > _buffer.Length - _used)
            {
                FlushBuffer();
                if (bytes.Length > _buffer.Length)
                {
                    target.Write(bytes);
                    return;
                }
            }
            bytes.CopyTo(_buffer.AsSpan(_used));
            _used += bytes.Length;
        }
    }

    public void Flush()
    {
        lock (_lock)
        {
            FlushBuffer();
            target.Flush();
        }
    }

    private void FlushBuffer()
    {
        target.Write(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
