using System.Buffers;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Google.Protobuf;

namespace Etcd.Api.Tests.Support;

/// <summary>A call that exists only for a gate or a watchdog to look at.</summary>
internal sealed class GateCall(string path, MethodKind kind, IMessage? request = null, params (string Name, string Value)[] headers) : ServerCall
{
    public GrpcStatus? Aborted { get; private set; }

    public override ReadOnlyMemory<byte> Message { get; } = request?.ToByteArray() ?? [];

    public override ClientConnection Connection { get; } = new();

    public override CancellationToken CancellationToken => CancellationToken.None;

    public override GrpcMethod Method { get; } = new(path.Split('/')[1], path.Split('/')[2], kind, _ => throw new InvalidOperationException("never called"));

    public override string? GetHeader(string name) => headers.FirstOrDefault(header => header.Name == name).Value;

    public override ValueTask<bool> ReadAsync() => throw new InvalidOperationException("never read");

    public override IBufferWriter<byte> StartMessage(int messageBytes) => throw new InvalidOperationException("never answered");

    public override ValueTask FlushAsync() => throw new InvalidOperationException("never answered");

    public override void Abort(GrpcStatus status) => Aborted ??= status;
}
