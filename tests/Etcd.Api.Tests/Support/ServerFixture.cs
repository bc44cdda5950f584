namespace Etcd.Api.Tests.Support;

/// <summary>One server for all tests of a class; each test uses keys of its own.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public ApiServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await ApiServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
