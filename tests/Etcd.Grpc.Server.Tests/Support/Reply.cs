using System.Net;
using System.Net.Http.Headers;
using Etcd.Protocol.Errors;

namespace Etcd.Grpc.Server.Tests.Support;

/// <summary>What a unary call brought back.</summary>
internal sealed record Reply(HttpStatusCode HttpStatus, StatusCode Code, string Message, byte[] Body, bool IsTrailersOnly)
{
    /// <summary>Posts raw bytes as a gRPC request body.</summary>
    public static async Task<Reply> PostAsync(HttpClient client, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body), Version = HttpVersion.Version20 };
        return await SendAsync(client, request, headers);
    }

    public static async Task<Reply> SendAsync(HttpClient client, HttpRequestMessage request, params (string Name, string Value)[] headers)
    {
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Version = HttpVersion.Version20;
        if (request.Content is { } content)
            content.Headers.ContentType = MediaTypeHeaderValue.Parse(headers.FirstOrDefault(header => header.Name == "content-type").Value ?? "application/grpc");
        foreach ((string name, string value) in headers.Where(header => header.Name != "content-type"))
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        using HttpResponseMessage response = await client.SendAsync(request);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync();
        bool isTrailersOnly = response.Headers.Contains("grpc-status");
        HttpHeaders status = isTrailersOnly ? response.Headers : response.TrailingHeaders;
        Assert.True(status.TryGetValues("grpc-status", out IEnumerable<string>? code), "no grpc-status");
        string message = status.TryGetValues("grpc-message", out IEnumerable<string>? text) ? StatusMessage.Decode(text.Single()) : "";
        return new Reply(response.StatusCode, (StatusCode)int.Parse(code.Single()), message, bytes, isTrailersOnly);
    }

    public static byte[] Frame(params byte[] message) => [0, 0, 0, (byte)(message.Length >> 8), (byte)message.Length, .. message];
}
