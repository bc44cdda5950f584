using Etcd.Grpc;
using Etcd.Protocol.Errors;

namespace Etcd.Client;

/// <summary>A call that the server refused or that never got an answer.</summary>
/// <remarks><see cref="Exception.Message"/> is what Go's client prints: etcd's own text for an error etcd has a name for,
/// otherwise <c>rpc error: code = … desc = …</c>.</remarks>
public class EtcdClientException : Exception
{
    public EtcdClientException(GrpcStatus status, Exception? innerException = null)
        : base(KnownErrors.Contains(status.Message) ? status.Message : Text(status), innerException)
    {
        Code = status.Code;
        Description = status.Message;
    }

    /// <summary>A refusal that this library finds out by itself.</summary>
    internal EtcdClientException(EtcdError error)
        : base(error.Message)
    {
        Code = error.Code;
        Description = error.Message;
    }

    /// <summary>The gRPC status code; compare <see cref="Description"/> too, since old servers used other codes for some texts.</summary>
    public StatusCode Code { get; }

    /// <summary>The server's text, letter by letter.</summary>
    public string Description { get; }

    /// <summary>Whether this is the given refusal. Codes moved between versions of etcd, so only the text counts.</summary>
    public bool Is(EtcdError error) => string.Equals(Description, error.Message, StringComparison.Ordinal);

    // Compat: Go's client reports its own expired or cancelled context without any dressing.
    private static string Text(GrpcStatus status) =>
        status is { Code: StatusCode.DeadlineExceeded or StatusCode.Canceled, Message: "context deadline exceeded" or "context canceled" }
            ? status.Message
            : status.ToString();
}
