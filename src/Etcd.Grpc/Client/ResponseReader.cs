using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Etcd.Protocol.Errors;
using Google.Protobuf;

namespace Etcd.Grpc.Client;

/// <summary>Reads the messages of one response and, behind the last, its status.</summary>
internal sealed class ResponseReader<TResponse> : IDisposable
    where TResponse : class, IMessage<TResponse>
{
    private readonly HttpResponseMessage _response;
    private readonly MessageParser<TResponse> _parser;
    private readonly MessageReader _messages = new();

    private ResponseReader(HttpResponseMessage response, MessageParser<TResponse> parser, PipeReader input, int maxReceiveBytes)
    {
        _response = response;
        _parser = parser;
        _messages.Reset(input, maxReceiveBytes, First(response.Headers, GrpcHeaders.Encoding));
    }

    /// <summary>Checks the head of the response.</summary>
    /// <exception cref="RpcException">It is no gRPC response, or one that has already failed.</exception>
    public static async ValueTask<ResponseReader<TResponse>> OpenAsync(
        HttpResponseMessage response, MessageParser<TResponse> parser, int maxReceiveBytes, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.OK)
            throw new RpcException(FromHttp(response.StatusCode));
        if (!GrpcHeaders.IsGrpc(response.Content.Headers.ContentType?.MediaType))
        {
            throw new RpcException(new GrpcStatus(StatusCode.Unknown,
                $"unexpected content-type: {response.Content.Headers.ContentType?.ToString() ?? "none"}"));
        }
        // A response of trailers only carries its status in the headers.
        if (First(response.Headers, GrpcHeaders.Status) is not null && StatusIn(response.Headers) is { IsOk: false } failed)
            throw new RpcException(failed);
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return new ResponseReader<TResponse>(response, parser, PipeReader.Create(body), maxReceiveBytes);
    }

    /// <summary>The next message, or null behind the last if the status is OK.</summary>
    public async ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken)
    {
        if (await _messages.ReadAsync(cancellationToken))
        {
            TResponse message = Parse(_messages.Current.Span);
            _messages.Release();
            return message;
        }
        HttpResponseHeaders status = First(_response.TrailingHeaders, GrpcHeaders.Status) is not null ? _response.TrailingHeaders : _response.Headers;
        GrpcStatus ended = StatusIn(status);
        return ended.IsOk ? null : throw new RpcException(ended);
    }

    public void Dispose() => _messages.Reset(input: null, maxMessageBytes: 0, encoding: null);

    private TResponse Parse(ReadOnlySpan<byte> message)
    {
        try
        {
            return _parser.ParseFrom(message);
        }
        catch (InvalidProtocolBufferException problem)
        {
            throw new RpcException(new GrpcStatus(StatusCode.Internal, $"grpc: failed to unmarshal the received message: {problem.Message}"), problem);
        }
    }

    private static GrpcStatus StatusIn(HttpResponseHeaders headers)
    {
        if (First(headers, GrpcHeaders.Status) is not { } digits)
            return new GrpcStatus(StatusCode.Internal, "server closed the stream without sending trailers");
        if (!StatusCodeText.TryParse(digits, out StatusCode code))
            return new GrpcStatus(StatusCode.Unknown, $"malformed grpc-status: {digits}");
        return new GrpcStatus(code, StatusMessage.Decode(First(headers, GrpcHeaders.Message) ?? ""));
    }

    private static GrpcStatus FromHttp(HttpStatusCode status)
    {
        // gRPC: "HTTP to gRPC Status Code Mapping".
        StatusCode code = status switch
        {
            HttpStatusCode.BadRequest => StatusCode.Internal,
            HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
            HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
            HttpStatusCode.NotFound => StatusCode.Unimplemented,
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => StatusCode.Unavailable,
            _ => StatusCode.Unknown,
        };
        return new GrpcStatus(code, $"unexpected HTTP status code received from server: {(int)status} ({status})");
    }

    private static string? First(HttpResponseHeaders headers, string name)
    {
        if (!headers.NonValidated.TryGetValues(name, out HeaderStringValues values))
            return null;
        foreach (string value in values)
            return value;
        return null;
    }
}
