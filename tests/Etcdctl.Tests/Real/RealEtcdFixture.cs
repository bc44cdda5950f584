using Etcd.TestKit;

[assembly: AssemblyFixture(typeof(Etcdctl.Tests.Real.RealEtcdFixture))]

namespace Etcdctl.Tests.Real;

/// <summary>One real server that tests share; each keeps to keys of its own.</summary>
public sealed class RealEtcdFixture : IAsyncDisposable
{
    private readonly Lazy<Task<RealEtcd>> _server = new(() => RealEtcd.StartAsync());

    public Task<RealEtcd> ServerAsync() => _server.Value;

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated && _server.Value.IsCompletedSuccessfully)
            await (await _server.Value).DisposeAsync();
    }
}
