using System.Buffers;
using Etcd.Grpc;
using Etcd.Grpc.Server;

namespace Etcd.Api.Recipes;

/// <summary>A call's caller, for what has to be cleaned up although the call itself was cut short.</summary>
internal sealed class AfterCall(ServerCall call) : ServerCall
{
    public override ReadOnlyMemory<byte> Message => call.Message;

    public override ClientConnection Connection => call.Connection;

    public override CancellationToken CancellationToken => CancellationToken.None;

    public override GrpcMethod Method => call.Method;

    public override string? GetHeader(string name) => call.GetHeader(name);

    public override ValueTask<bool> ReadAsync() => throw NotForMessages();

    public override IBufferWriter<byte> StartMessage(int messageBytes) => throw NotForMessages();

    public override ValueTask FlushAsync() => throw NotForMessages();

    public override void Abort(GrpcStatus status)
    {
        // Nothing waits on it.
    }

    private static InvalidOperationException NotForMessages() => new("only the caller of this call is needed");
}
