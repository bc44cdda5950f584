using System.Buffers;
using System.Text;
using Etcd.Grpc;
using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Wire;

namespace Etcd.Api.Health;

/// <summary>grpc.health.v1.Health. Its two messages have one field each, so they are read and written here.</summary>
internal sealed class HealthService(ServiceHealth health)
{
    private const string Service = "grpc.health.v1.Health";
    private const int ServiceField = 1, StatusField = 1;
    private const int Serving = 1, NotServing = 2, ServiceUnknown = 3;

    public IEnumerable<GrpcMethod> Methods =>
    [
        new(Service, "Check", MethodKind.Unary, CheckAsync),
        new(Service, "Watch", MethodKind.ServerStreaming, WatchAsync),
    ];

    private ValueTask<GrpcStatus> CheckAsync(ServerCall call)
    {
        if (ServiceOf(call).Length > 0)
            return ValueTask.FromResult(new GrpcStatus(StatusCode.NotFound, "unknown service"));
        Write(call, health.IsServing ? Serving : NotServing);
        return ValueTask.FromResult(GrpcStatus.Ok);
    }

    private async ValueTask<GrpcStatus> WatchAsync(ServerCall call)
    {
        if (ServiceOf(call).Length > 0)
        {
            // The service might be registered later, says the protocol; here it never is.
            Write(call, ServiceUnknown);
            await call.FlushAsync();
            await Task.Delay(Timeout.Infinite, call.CancellationToken);
        }
        while (true)
        {
            (bool isServing, Task changed) = health.Observe();
            Write(call, isServing ? Serving : NotServing);
            await call.FlushAsync();
            await changed.WaitAsync(call.CancellationToken);
        }
    }

    private static void Write(ServerCall call, int status)
    {
        int bytes = WireWriter.OptionalSize(StatusField, status);
        IBufferWriter<byte> output = call.StartMessage(bytes);
        var writer = new WireWriter(output.GetSpan(bytes)[..bytes]);
        writer.WriteOptional(StatusField, status);
        output.Advance(bytes);
    }

    private static string ServiceOf(ServerCall call)
    {
        string service = "";
        try
        {
            var reader = new WireReader(call.Message.Span);
            while (reader.TryReadTag(out int field, out WireType type))
            {
                if (field == ServiceField)
                    service = Encoding.UTF8.GetString(reader.ReadBytes(type));
                else
                    reader.Skip(type);
            }
        }
        catch (WireFormatException problem)
        {
            throw new RpcException(CallStatus.BadRequestMessage(problem.Message), problem);
        }
        return service;
    }
}
