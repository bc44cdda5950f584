namespace Etcd.Grpc;

/// <summary>A call that ended with anything but OK. On the server, thrown by a handler it ends the call with that status.</summary>
public sealed class RpcException : Exception
{
    public RpcException(GrpcStatus status)
        : base(status.ToString()) => Status = status;

    public RpcException(GrpcStatus status, Exception innerException)
        : base(status.ToString(), innerException) => Status = status;

    public GrpcStatus Status { get; }
}
