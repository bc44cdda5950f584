using Etcd.Api.Tests.Support;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Etcd.Api.Tests;

/// <summary>grpc.health.v1. Its messages are read and written as a string and an int32 in field 1, which the well-known
/// wrappers have too.</summary>
public sealed class HealthServiceTests
{
    private const string Health = "/grpc.health.v1.Health/";
    private const int Serving = 1, NotServing = 2, ServiceUnknown = 3;

    [Fact]
    public async Task Check_Server_FollowsItsHealth()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        Assert.Equal(Serving, (await server.Client.CallAsync<Int32Value>(Health + "Check", new StringValue())).Value);
        server.Api.Health.Set(isServing: false);
        Assert.Equal(NotServing, (await server.Client.CallAsync<Int32Value>(Health + "Check", new StringValue())).Value);
        await server.Client.AssertRefusedAsync(new GrpcStatus(StatusCode.NotFound, "unknown service"), Health + "Check", new StringValue { Value = "etcdserverpb.KV" });
    }

    [Theory]
    [InlineData("", Serving)]
    [InlineData("etcdserverpb.KV", ServiceUnknown)]
    public async Task Watch_Service_StartsWithItsState(string service, int expected)
    {
        await using ApiServer server = await ApiServer.StartAsync();
        await using IStreamCall<IMessage, Int32Value> watch = await WatchAsync(server, service);
        Assert.Equal(expected, (await watch.ReadAsync(CancellationToken.None))!.Value);
    }

    [Fact]
    public async Task Watch_StateChanges_AreSent()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        await using IStreamCall<IMessage, Int32Value> watch = await WatchAsync(server, "");
        Assert.Equal(Serving, (await watch.ReadAsync(CancellationToken.None))!.Value);
        server.Api.Health.Set(isServing: false);
        Assert.Equal(NotServing, (await watch.ReadAsync(CancellationToken.None))!.Value);
        server.Api.Health.Set(isServing: true);
        Assert.Equal(Serving, (await watch.ReadAsync(CancellationToken.None))!.Value);
    }

    private static async Task<IStreamCall<IMessage, Int32Value>> WatchAsync(ApiServer server, string service)
    {
        IStreamCall<IMessage, Int32Value> watch = await server.Client.OpenAsync<Int32Value>(Health + "Watch");
        await watch.WriteAsync(new StringValue { Value = service }, CancellationToken.None);
        await watch.CompleteWritesAsync();
        return watch;
    }
}
