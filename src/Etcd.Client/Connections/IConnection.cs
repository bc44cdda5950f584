using Etcd.Grpc.Client;

namespace Etcd.Client.Connections;

/// <summary>What the services of a client stand on: calls, plus the little that depends on how they travel.</summary>
internal interface IConnection : ICallInvoker, IDisposable
{
    /// <summary>The members as the user wrote them; empty for a server in the same process.</summary>
    IReadOnlyList<string> Endpoints { get; }

    /// <summary>Calls that go to one member, whether or not it is among <see cref="Endpoints"/>.</summary>
    ICallInvoker For(string endpoint);

    void ReplaceEndpoints(IReadOnlyList<string> endpoints);

    /// <summary>Fetches a token if there are credentials and no token yet.</summary>
    /// <exception cref="Etcd.Grpc.RpcException">The server refused them.</exception>
    Task EnsureTokenAsync(CancellationToken cancellationToken);

    /// <summary>Fetches a new token in place of the one that the server no longer accepts.</summary>
    Task RenewTokenAsync(CancellationToken cancellationToken);
}
