using System.Net;
using System.Threading.Channels;

namespace Etcd.Grpc.Server.Tests.Support;

/// <summary>A request body that grows while the request runs.</summary>
internal sealed class ChannelContent(ChannelReader<byte[]> chunks) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await foreach (byte[] chunk in chunks.ReadAllAsync())
        {
            await stream.WriteAsync(chunk);
            await stream.FlushAsync();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
