using Etcd.Protocol.Errors;

namespace Etcd.Grpc;

/// <summary>How a call ended: the numeric code and the text that clients compare letter by letter.</summary>
/// <param name="Code">What travels as <c>grpc-status</c>.</param>
/// <param name="Message">What travels, percent-encoded, as <c>grpc-message</c>; empty for OK.</param>
public readonly record struct GrpcStatus(StatusCode Code, string Message)
{
    public static GrpcStatus Ok => new(StatusCode.Ok, "");

    public bool IsOk => Code == StatusCode.Ok;

    public static implicit operator GrpcStatus(EtcdError error) => FromEtcdError(error);

    public static GrpcStatus FromEtcdError(EtcdError error) => new(error.Code, error.Message);

    /// <summary>The form Go prints, which etcd puts into watch cancel reasons and clients into error lines.</summary>
    public override string ToString() => $"rpc error: code = {StatusCodeText.Name(Code)} desc = {Message}";
}
