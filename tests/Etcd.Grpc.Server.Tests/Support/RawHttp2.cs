using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Etcd.Grpc.Server.Tests.Support;

/// <summary>An HTTP/2 client that writes frames by hand, to do what a well-behaved library would not.</summary>
internal sealed class RawHttp2 : IDisposable
{
    public const byte Data = 0;
    public const byte Headers = 1;
    public const byte ResetStream = 3;
    public const byte Settings = 4;
    public const byte Ping = 6;
    public const byte GoAway = 7;

    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private RawHttp2(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public static async Task<RawHttp2> ConnectAsync(IPEndPoint server)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var client = new RawHttp2(socket);
        await client._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        await client.SendAsync(Settings, 0, 0, []);
        return client;
    }

    public async Task SendAsync(byte type, byte flags, int stream, byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        frame[3] = type;
        frame[4] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        await _stream.WriteAsync(frame);
    }

    /// <summary>Opens a gRPC call without sending a message.</summary>
    public Task OpenCallAsync(int stream, string path) => SendAsync(Headers, flags: 4, stream, Hpack(
        (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"), ("content-type", "application/grpc"), ("te", "trailers")));

    /// <summary>The next frame; null at the end of the connection.</summary>
    public async Task<(byte Type, byte Flags, int Stream, byte[] Payload)?> ReceiveAsync()
    {
        byte[] header = new byte[9];
        try
        {
            if (await _stream.ReadAtLeastAsync(header, 9, throwOnEndOfStream: false) < 9)
                return null;
            byte[] payload = new byte[BinaryPrimitives.ReadInt32BigEndian(header) >>> 8];
            await _stream.ReadExactlyAsync(payload);
            return (header[3], header[4], BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(5)) & 0x7fffffff, payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Reads until a frame of that type comes.</summary>
    public async Task<byte[]?> ReceiveUntilAsync(byte type)
    {
        while (await ReceiveAsync() is { } frame)
        {
            if (frame.Type == type)
                return frame.Payload;
        }
        return null;
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }

    /// <summary>Header block of literals without indexing and without Huffman codes (RFC 7541 §6.2.2).</summary>
    public static byte[] Hpack(params (string Name, string Value)[] headers)
    {
        var block = new List<byte>();
        foreach ((string name, string value) in headers)
        {
            block.Add(0);
            foreach (string text in new[] { name, value })
            {
                byte[] bytes = Encoding.Latin1.GetBytes(text);
                Assert.True(bytes.Length < 127);
                block.Add((byte)bytes.Length);
                block.AddRange(bytes);
            }
        }
        return [.. block];
    }
}
