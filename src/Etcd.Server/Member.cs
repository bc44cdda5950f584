using Etcd.Foundation.Files;
using Etcd.Foundation.Logging;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Etcd.Server.Boot;
using Etcd.Server.Leases;
using Etcd.Server.Loop;
using Etcd.Server.Membership;
using Etcd.Server.Tokens;
using Etcd.Store.Alarms;
using Etcd.Store.Apply;
using Etcd.Store.Auth;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using LeaseStatus = Etcd.Store.Lease.LeaseStatus;
using StoredMember = Etcd.Store.Membership.Member;

namespace Etcd.Server;

/// <summary>One running etcd member: the front of the machinery that <see cref="MemberEngine"/> drives.</summary>
public sealed class Member : IMember, IAsyncDisposable
{
    private readonly MemberEngine _engine;
    private readonly LeaseCalls _leaseCalls;
    private readonly MembershipCalls _membershipCalls;
    private readonly DowngradeCalls _downgradeCalls;
    private readonly Logins _logins;
    private int _raisingNoSpace;

    private Member(MemberEngine engine)
    {
        _engine = engine;
        MemberOptions options = engine.Options;
        _leaseCalls = new LeaseCalls(engine.Rooms.Leases, engine.Proposer, () => engine.Apply.Now, engine.Clock, options.RequestTimeout);
        _membershipCalls = new MembershipCalls(engine.MemberId, engine.Rooms.Cluster, engine.ProposeMembershipAsync);
        _downgradeCalls = new DowngradeCalls(engine.Rooms.Cluster, engine.Proposer);
        _logins = new Logins(engine.Rooms.Auth, engine.Proposer, ReadBarrierAsync, options.BcryptCost);
        Quota = engine.Quota;
    }

    /// <summary>Reads the data directory and starts the member's threads. It serves once <see cref="Ready"/> completes.</summary>
    /// <exception cref="BootException">It cannot start; says why and what to do.</exception>
    public static Member Start(IFileSystem files, MemberOptions options, IMemberObserver observer, TimeProvider clock, Logger log) =>
        new(MemberEngine.Start(files, options, observer, clock, log));

    /// <summary>Completes when the cluster knows this member's name and URLs; fails if the member stops before.</summary>
    public Task Ready => _engine.Ready;

    /// <summary>Completes when the member stopped by itself: null, or what broke.</summary>
    public Task<Exception?> Stopped => _engine.Stopped;

    public ulong ClusterId => _engine.ClusterId;

    public ulong MemberId => _engine.MemberId;

    public ulong RaftTerm => _engine.View.Term;

    public ulong LeaderId => _engine.View.LeaderId;

    public ulong CommittedIndex => _engine.View.CommittedIndex;

    public ulong AppliedIndex => _engine.Apply.AppliedIndex;

    public int PendingProposals => _engine.Proposals.Waiting;

    public long FailedProposals => _engine.Proposals.Refused;

    public MvccStore Kv => _engine.Rooms.Mvcc;

    public Lessor Leases => _engine.Rooms.Leases;

    public AuthStore Auth => _engine.Rooms.Auth;

    public Cluster Cluster => _engine.Rooms.Cluster;

    public AlarmStore Alarms => _engine.Rooms.Alarms;

    public BatchingBackend Backend => _engine.Rooms.Backend;

    public IQuota Quota { get; }

    public ITokenDirectory Tokens => _engine.Tokens;

    public ValueTask<ApplyResult> ProposeAsync(RequestKind kind, ReadOnlyMemory<byte> request, Identity identity, CancellationToken cancellationToken) =>
        _engine.Proposer.ProposeAsync(kind, request.Span, identity, cancellationToken);

    public ValueTask ReadBarrierAsync(CancellationToken cancellationToken) =>
        _engine.View.ReadsNeedNoQuorum ? ValueTask.CompletedTask : WaitForReadIndexAsync(cancellationToken);

    public ValueTask<long> RenewLeaseAsync(long leaseId, CancellationToken cancellationToken) => _leaseCalls.RenewAsync(leaseId, cancellationToken);

    public ValueTask<LeaseStatus?> LeaseTimeToLiveAsync(long leaseId, bool withKeys, CancellationToken cancellationToken) =>
        _leaseCalls.TimeToLiveAsync(leaseId, withKeys, cancellationToken);

    public long NextLeaseId()
    {
        long id;
        do
            id = (long)(_engine.Ids.Next() & long.MaxValue);
        while (id == 0);
        return id;
    }

    public ValueTask<IReadOnlyList<StoredMember>> ChangeMembershipAsync(MembershipRequest request, CancellationToken cancellationToken) =>
        _membershipCalls.ChangeAsync(request, cancellationToken);

    public async ValueTask MoveLeaderAsync(ulong target, CancellationToken cancellationToken)
    {
        if (LeaderId != MemberId)
            throw new EtcdException(EtcdError.NotLeader);
        if (Cluster.Current.Find(target) is null or { IsLearner: true })
            throw new EtcdException(EtcdError.BadLeaderTransferee);
        _engine.Tell(new LoopEvent.TransferLeader(target));
        long started = _engine.Clock.GetTimestamp();
        while (LeaderId != target)
        {
            if (_engine.Clock.GetElapsedTime(started) > _engine.Options.RequestTimeout)
                throw new EtcdException(EtcdError.LeaderTransferTimeout);
            await Task.Delay(_engine.Options.HeartbeatInterval, _engine.Clock, cancellationToken);
        }
    }

    public ValueTask<string> DowngradeAsync(DowngradeRequest.Types.DowngradeAction action, string version, CancellationToken cancellationToken) =>
        _downgradeCalls.RunAsync(action, version, cancellationToken);

    public ValueTask DefragmentAsync(CancellationToken cancellationToken) => new(_engine.DefragmentAsync(cancellationToken));

    public ValueTask<string> AuthenticateAsync(string userName, string password, CancellationToken cancellationToken) =>
        _logins.AuthenticateAsync(userName, password, cancellationToken);

    public ValueTask<string> HashPasswordAsync(string password, CancellationToken cancellationToken) => _logins.HashAsync(password, cancellationToken);

    public void RaiseNoSpace()
    {
        if (Interlocked.Exchange(ref _raisingNoSpace, 1) == 0)
            _ = RaiseNoSpaceAsync();
    }

    /// <summary>Stops in order: no new requests, everything waiting is answered, log and database are closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _engine.StopAsync();
        _logins.Dispose();
    }

    private async ValueTask WaitForReadIndexAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _engine.Barrier.WaitAsync(cancellationToken).WaitAsync(_engine.Options.RequestTimeout, _engine.Clock, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            throw new EtcdException(EtcdError.Timeout);
        }
    }

    private async Task RaiseNoSpaceAsync()
    {
        try
        {
            var alarm = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Activate, MemberID = MemberId, Alarm = AlarmType.Nospace };
            await _engine.Proposer.ProposeAsync(RequestKind.Alarm, alarm, CancellationToken.None);
        }
        finally
        {
            Volatile.Write(ref _raisingNoSpace, 0);
        }
    }
}
