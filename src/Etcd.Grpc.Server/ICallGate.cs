namespace Etcd.Grpc.Server;

/// <summary>Decides before the handler whether a call may go on.</summary>
public interface ICallGate
{
    /// <summary>Called after the request message of a single-request method was read. Fast; must not block.</summary>
    /// <returns>OK to go on, anything else to end the call with it.</returns>
    GrpcStatus Enter(ServerCall call);
}
