using System.Text;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Rpc;
using Etcd.Server;
using Etcd.Store.Alarms;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using Etcd.Store.V2;
using StoredMember = Etcd.Store.Membership.Member;

namespace Etcd.Api.Tests.Support;

/// <summary>A member in states that a lone real one is hard to bring into: without a leader, a learner, without a version.</summary>
internal sealed class ScriptedMember(bool isLearner = false, bool hasVersion = true) : IMember
{
    public ulong ClusterId => 1;

    public ulong MemberId => 2;

    public ulong RaftTerm => 3;

    public ulong LeaderId { get; set; } = 2;

    public ulong CommittedIndex => 10;

    public ulong AppliedIndex => 10;

    public int PendingProposals => 0;

    public long FailedProposals => 0;

    public MvccStore Kv => throw NotScripted();

    public Lessor Leases => throw NotScripted();

    public AuthStore Auth => throw NotScripted();

    public Cluster Cluster { get; } = NewCluster(isLearner, hasVersion);

    public AlarmStore Alarms => throw NotScripted();

    public BatchingBackend Backend => throw NotScripted();

    public IQuota Quota => throw NotScripted();

    public ITokenDirectory Tokens => throw NotScripted();

    public ValueTask<ApplyResult> ProposeAsync(RequestKind kind, ReadOnlyMemory<byte> request, Identity identity, CancellationToken cancellationToken) =>
        throw NotScripted();

    public ValueTask ReadBarrierAsync(CancellationToken cancellationToken) => throw NotScripted();

    public ValueTask<long> RenewLeaseAsync(long leaseId, CancellationToken cancellationToken) => throw NotScripted();

    public ValueTask<Store.Lease.LeaseStatus?> LeaseTimeToLiveAsync(long leaseId, bool withKeys, CancellationToken cancellationToken) => throw NotScripted();

    public long NextLeaseId() => throw NotScripted();

    public ValueTask<IReadOnlyList<StoredMember>> ChangeMembershipAsync(MembershipRequest request, CancellationToken cancellationToken) => throw NotScripted();

    public ValueTask MoveLeaderAsync(ulong target, CancellationToken cancellationToken) => throw NotScripted();

    public ValueTask<string> DowngradeAsync(DowngradeRequest.Types.DowngradeAction action, string version, CancellationToken cancellationToken) =>
        throw NotScripted();

    public ValueTask DefragmentAsync(CancellationToken cancellationToken) => throw NotScripted();

    public ValueTask<string> AuthenticateAsync(string userName, string password, CancellationToken cancellationToken) => throw NotScripted();

    public ValueTask<string> HashPasswordAsync(string password, CancellationToken cancellationToken) => throw NotScripted();

    public void RaiseNoSpace() => throw NotScripted();

    private static Cluster NewCluster(bool isLearner, bool hasVersion)
    {
        var cluster = new Cluster(new NoBackend(), new V2Store(), maxLearners: 1);
        string json = isLearner ? """{"id":2,"peerURLs":["http://a:1"],"isLearner":true}""" : """{"id":2,"peerURLs":["http://a:1"]}""";
        ConfChangeType type = isLearner ? ConfChangeType.AddLearnerNode : ConfChangeType.AddNode;
        cluster.Apply(new ConfChange(0, type, 2, Encoding.UTF8.GetBytes(json)), inDatabase: false);
        if (hasVersion)
            cluster.SetVersion(new ClusterVersion(3, 7, 0), inDatabase: false);
        return cluster;
    }

    private static InvalidOperationException NotScripted() => new("the test did not expect this");

    /// <summary>Forgets everything.</summary>
    private sealed class NoBackend : IBackend
    {
        public void Put(Bucket bucket, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value)
        {
        }

        public void Delete(Bucket bucket, ReadOnlyMemory<byte> key)
        {
        }

        public ReadOnlyMemory<byte>? Get(Bucket bucket, ReadOnlyMemory<byte> key) => null;

        public IReadOnlyList<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> Scan(Bucket bucket) => [];
    }
}
