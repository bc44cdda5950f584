namespace Etcd.Grpc.Server.Tests;

public sealed class FrameScannerTests
{
    private static byte[] Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    [Fact]
    public void Scan_CutAnywhere_CountsTheSame()
    {
        // Payload bytes that look like frame headers must not count.
        byte[] bytes =
        [
            .. Preface,
            .. Frame(type: 4, flags: 0, payloadBytes: 6),
            .. Frame(type: 6, flags: 0, payloadBytes: 8),
            .. Frame(type: 6, flags: 1, payloadBytes: 8),
            .. Frame(type: 1, flags: 4, payloadBytes: 300),
            .. Frame(type: 6, flags: 0, payloadBytes: 8),
        ];
        for (int cut = 0; cut <= bytes.Length; cut++)
        {
            var scanner = new FrameScanner(FrameScanner.ClientPrefaceBytes);
            ScannedFrames first = scanner.Scan(bytes.AsSpan(0, cut));
            ScannedFrames second = scanner.Scan(bytes.AsSpan(cut));
            Assert.Equal(2, first.Pings + second.Pings);
            Assert.True(first.HasCallFrames ^ second.HasCallFrames);
        }
    }

    [Fact]
    public void Scan_OnlyControlFrames_AreNotOfACall()
    {
        var scanner = new FrameScanner(prefaceBytes: 0);
        Assert.Equal(new ScannedFrames(0, false), scanner.Scan([.. Frame(6, 1, 8), .. Frame(6, 1, 8), .. Frame(4, 1, 0), .. Frame(8, 0, 4)]));
        Assert.Equal(new ScannedFrames(0, true), scanner.Scan(Frame(0, 0, 1)));
    }

    private static byte[] Frame(byte type, byte flags, int payloadBytes) =>
        [0, (byte)(payloadBytes >> 8), (byte)payloadBytes, type, flags, 0, 0, 0, 0, .. Enumerable.Repeat((byte)6, payloadBytes)];
}
