using Etcd.Client.Connections;
using Etcd.Protocol.Rpc;

namespace Etcd.Client;

/// <summary>Membership.</summary>
public sealed class ClusterClient
{
    private readonly IConnection _connection;

    internal ClusterClient(IConnection connection) => _connection = connection;

    /// <param name="isSerializable">Answer from the member's own view, which may be old, instead of asking the cluster (3.5 and later).</param>
    public Task<MemberListResponse> ListAsync(bool isSerializable, CancellationToken cancellationToken) =>
        _connection.SendAsync(ClusterMethods.MemberList, new MemberListRequest { Linearizable = !isSerializable }, Calls.Repeatable, cancellationToken);

    /// <param name="isLearner">The member follows without a vote until it is promoted.</param>
    public Task<MemberAddResponse> AddAsync(IEnumerable<string> peerUrls, bool isLearner, CancellationToken cancellationToken) =>
        _connection.SendAsync(ClusterMethods.MemberAdd, new MemberAddRequest { PeerURLs = { peerUrls }, IsLearner = isLearner }, Calls.Once, cancellationToken);

    public Task<MemberRemoveResponse> RemoveAsync(ulong memberId, CancellationToken cancellationToken) =>
        _connection.SendAsync(ClusterMethods.MemberRemove, new MemberRemoveRequest { ID = memberId }, Calls.Once, cancellationToken);

    public Task<MemberUpdateResponse> UpdateAsync(ulong memberId, IEnumerable<string> peerUrls, CancellationToken cancellationToken) =>
        _connection.SendAsync(ClusterMethods.MemberUpdate, new MemberUpdateRequest { ID = memberId, PeerURLs = { peerUrls } }, Calls.Once, cancellationToken);

    /// <summary>Gives a learner its vote.</summary>
    public Task<MemberPromoteResponse> PromoteAsync(ulong memberId, CancellationToken cancellationToken) =>
        _connection.SendAsync(ClusterMethods.MemberPromote, new MemberPromoteRequest { ID = memberId }, Calls.Once, cancellationToken);
}
