using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;

namespace Etcd.Api.Recipes;

/// <summary>How lock and election calls fail.</summary>
internal static class RecipeErrors
{
    public static GrpcStatus SessionExpired => new(StatusCode.Unknown, "mutex: session is expired");

    // Compat: in etcd these services are clients of the server they run in and hand the client's errors on as they are, so
    // that the text survives and the code does not.
    public static GrpcHandler Wrap(GrpcHandler handler) => async call =>
    {
        try
        {
            return await handler(call);
        }
        catch (EtcdException refusal)
        {
            return new GrpcStatus(StatusCode.Unknown, refusal.Error.Message);
        }
    };
}
