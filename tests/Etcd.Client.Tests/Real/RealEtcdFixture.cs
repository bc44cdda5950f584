using Etcd.TestKit;

[assembly: AssemblyFixture(typeof(Etcd.Client.Tests.Real.RealEtcdFixture))]

namespace Etcd.Client.Tests.Real;

/// <summary>One real server that tests share; each keeps to keys of its own and leaves switches alone.</summary>
public sealed class RealEtcdFixture : IAsyncDisposable
{
    private readonly Lazy<Task<RealEtcd>> _server = new(() => RealEtcd.StartAsync());

    public Task<RealEtcd> ServerAsync() => _server.Value;

    public async Task<EtcdClient> ClientAsync() => new((await ServerAsync()).Endpoint);

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated && _server.Value.IsCompletedSuccessfully)
            await (await _server.Value).DisposeAsync();
    }
}
