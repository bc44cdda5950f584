namespace Etcd.Protocol.Errors;

/// <summary>An <see cref="EtcdError"/> on its way to a caller that waits: thrown by services, turned into a status at the edge.</summary>
public sealed class EtcdException(EtcdError error) : Exception(error.Message)
{
    public EtcdError Error { get; } = error;
}
