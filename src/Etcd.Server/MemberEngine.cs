using Etcd.Foundation.Files;
using Etcd.Foundation.Ids;
using Etcd.Foundation.Logging;
using Etcd.Foundation.Threading;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Raft;
using Etcd.Raft;
using Etcd.Server.Applying;
using Etcd.Server.Boot;
using Etcd.Server.Loop;
using Etcd.Server.Membership;
using Etcd.Server.Proposals;
using Etcd.Server.Publishing;
using Etcd.Server.Reads;
using Etcd.Server.Snapshots;
using Etcd.Server.Storage;
using Etcd.Server.Tokens;
using Etcd.Server.Workers;
using Etcd.Store.Apply;

namespace Etcd.Server;

/// <summary>The threads of a member and how they hand work to each other; see docs/architecture.md, "the life of a write".</summary>
internal sealed class MemberEngine
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource<Exception?> _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OwnerThread _loopThread, _logThread, _applyThread;
    private readonly MemberLoop _loop;
    private readonly LogWriter _logWriter;
    private readonly SnapshotKeeper _snapshots;
    private readonly BootedMember _booted;
    private readonly BackgroundWork _background;
    private readonly IMemberObserver _observer;
    private readonly Logger _log;

    private MemberEngine(BootedMember booted, MemberOptions options, SimpleTokens tokens, IMemberObserver observer, TimeProvider clock, Logger log)
    {
        (_booted, Options, _observer, Clock, _log) = (booted, options, observer, clock, log);
        View = new RaftView(clock);
        Ids = new RequestIdGenerator(booted.MemberId, clock.GetUtcNow());
        Quota = new Quota(booted.Rooms.Backend);
        Tokens = new TokenDirectory(options.TokenTtl > TimeSpan.Zero ? tokens : null, () => Rooms.Auth.Current, () => Apply!.AppliedIndex, clock, options.RequestTimeout);

        _loopThread = new OwnerThread("etcd-raft", StepLoop, Fail);
        _logThread = new OwnerThread("etcd-wal", StepLog, Fail);
        _applyThread = new OwnerThread("etcd-apply", StepApply, Fail);

        Barrier = new ReadBarrier(() => Tell(LoopEvent.ReadersWait.Instance));
        _logWriter = new LogWriter(booted.Log, message => Tell(new LoopEvent.Appended(message)), _logThread.Wake);
        Apply = NewApplyLoop();
        _loop = NewMemberLoop();
        _snapshots = new SnapshotKeeper(Rooms, booted.Snapshots, _logWriter, options.SnapshotCount, SnapshotRecorded, Fail, log.For("server/snapshots"));
        Proposer = new Proposer(_loop.Proposals, Proposals, Ids, View, () => Apply.AppliedIndex, options, clock);
        _background = new BackgroundWork(this, tokens, log);
    }

    public MemberOptions Options { get; }

    public TimeProvider Clock { get; }

    public ulong MemberId => _booted.MemberId;

    public ulong ClusterId => _booted.ClusterId;

    public StoreRooms Rooms => _booted.Rooms;

    public RaftView View { get; }

    public RequestIdGenerator Ids { get; }

    public ProposalTable Proposals { get; } = new();

    public Proposer Proposer { get; }

    public ReadBarrier Barrier { get; }

    public ApplyLoop Apply { get; }

    public IQuota Quota { get; }

    public ITokenDirectory Tokens { get; }

    public Task Ready { get; private set; } = Task.CompletedTask;

    public Task<Exception?> Stopped => _stopped.Task;

    public CancellationToken Stopping => _stopping.Token;

    /// <exception cref="BootException">The member cannot start.</exception>
    public static MemberEngine Start(IFileSystem files, MemberOptions options, IMemberObserver observer, TimeProvider clock, Logger log)
    {
        var tokens = new SimpleTokens(clock, options.TokenTtl);
        var commits = new CommitRelay(observer);
        BootedMember booted = new MemberBoot(files, options, observer, commits, tokens, clock, log.For("server/boot")).Run();
        var engine = new MemberEngine(booted, options, tokens, observer, clock, log);
        commits.OnFailure(engine.Fail);
        engine.Run(files);
        return engine;
    }

    /// <summary>What the log writes from now on is what members of the cluster's version write.</summary>
    public void UseDialect(WireDialect dialect) => _booted.Log.Dialect = dialect;

    /// <summary>Hands something to the member loop. Ignored once the member stops.</summary>
    public void Tell(LoopEvent occurred) => _loop.Events.Add(occurred);

    /// <summary>Proposes a membership change and waits until it is applied.</summary>
    public async Task<EtcdError?> ProposeMembershipAsync(MembershipRequest request, CancellationToken cancellationToken)
    {
        ulong id = Ids.Next();
        ValueTask<ApplyResult> answer = Proposals.Wait(id, Clock.GetTimestamp(), cancellationToken);
        Tell(new LoopEvent.ProposeConfChange(MembershipCalls.ToConfChange(request, id)));
        return (await answer).Error;
    }

    /// <summary>Runs on the apply thread, so that nothing is applied meanwhile.</summary>
    public Task DefragmentAsync(CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool taken = Apply.Commands.Add(() =>
        {
            try
            {
                Rooms.Backend.Defragment();
                done.SetResult();
            }
            catch (IOException exception)
            {
                done.SetException(exception); // The old file is still in place.
            }
        });
        if (!taken)
            done.SetException(new EtcdException(EtcdError.Stopped));
        return done.Task.WaitAsync(cancellationToken);
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        Proposer.Stop();
        Barrier.Fail(EtcdError.Stopped);
        _background.Dispose();
        _loopThread.Stop();
        _logThread.Stop();
        _applyThread.Stop();
        _snapshots.Finish();
        _logThread.Stop();
        Proposer.Stop(); // What slipped in while the threads ended.
        Rooms.Mvcc.Dispose();
        Rooms.Backend.Dispose();
        _booted.Log.Dispose();
        _stopped.TrySetResult(null);
    }

    private void Run(IFileSystem files)
    {
        Apply.StartAt(_booted.Start.Index, _booted.Start.Term);
        _snapshots.StartAt(_booted.Start.Index);
        View.LeaderChanged += OnLeaderChanged;
        Rooms.Backend.StartCommitThread();
        _applyThread.Start();
        _logThread.Start();
        _loopThread.Start();
        _background.Start(files);
        var publisher = new Publisher(MemberId, ClusterId, Options, Rooms.Cluster, Proposer, Ids, _log.For("server/publisher"));
        Ready = PublishAsync(publisher);
        if (Options.InitialElectionTickAdvance)
            _background.CampaignIfAlone();
    }

    private async Task PublishAsync(Publisher publisher)
    {
        await publisher.PublishAsync(Stopping);
        if (View.IsLeader)
            await publisher.DecideVersionAsync(Stopping);
    }

    private MemberLoop NewMemberLoop()
    {
        var raft = new RaftNode(new RaftConfig
        {
            Id = MemberId,
            Storage = _booted.Storage,
            Applied = _booted.Start.Index,
            ElectionTick = Options.ElectionTicks,
            HeartbeatTick = 1,
            AsyncStorageWrites = true,
            CheckQuorum = true,
            PreVote = Options.PreVote,
            Seed = (ulong)Clock.GetUtcNow().Ticks,
        });
        if (_booted.Bootstrap.Count > 0)
            raft.Bootstrap(_booted.Bootstrap);
        View.SetVoters(MemberId, raft.Status().Config);
        var outputs = new LoopOutputs
        {
            Append = message => _logWriter.Appends.Add(message),
            Apply = message => Apply.Committed.Add(message),
            SendToPeer = static _ => { }, // A cluster of one has nobody to talk to; boot refuses larger ones.
            ReadIndexKnown = state => Barrier.IndexKnown(state),
        };
        int proposalTicks = (int)(Options.RequestTimeout / Options.HeartbeatInterval);
        return new MemberLoop(raft, _booted.Storage, MemberId, outputs, View, Barrier, proposalTicks, _loopThread.Wake);
    }

    private ApplyLoop NewApplyLoop()
    {
        var machineOptions = new StateMachineOptions { LocalMemberId = MemberId, Quota = Quota, V2Index = _booted.Start.Index };
        var machine = new StateMachine(Rooms.Mvcc, Rooms.Leases, Rooms.Auth, Rooms.Cluster, Rooms.V2, Rooms.Alarms, machineOptions);
        var outputs = new ApplyOutputs
        {
            BatchApplied = message => Tell(new LoopEvent.Applied(message)),
            BatchTook = OnBatchApplied,
            ConfChanged = change => Tell(new LoopEvent.ConfChanged(change)),
            AppliedUpTo = index => Barrier.AppliedUpTo(index),
            LeaderEntryApplied = OnLeaderEntryApplied,
            Effects = OnEffects,
        };
        return new ApplyLoop(machine, Rooms, Proposals, outputs, Clock, _applyThread.Wake);
    }

    private void StepLoop() => _loop.Step();

    private void StepLog() => _logWriter.Step();

    private void StepApply()
    {
        Apply.Step();
        _snapshots.Consider(Apply.AppliedIndex, Apply.AppliedTerm);
    }

    private void OnBatchApplied(int entries, TimeSpan elapsed)
    {
        _observer.Applied(entries, elapsed);
        if (elapsed > Options.WarningApplyDuration)
            _log.Warn("apply request took too long", ("took", elapsed), ("expected-duration", Options.WarningApplyDuration), ("entries", entries));
    }

    private void OnLeaderEntryApplied(ulong term)
    {
        Tell(new LoopEvent.LeaderEntryApplied(term));
        if (View.IsLeader && View.Term == term)
            Rooms.Leases.Promote(Apply.Now, Options.ElectionTimeout);
    }

    private void OnLeaderChanged(ulong before, ulong now)
    {
        if (now != MemberId)
            Rooms.Leases.Demote();
        _observer.LeaderChanged(now);
        _log.Info("leader changed", LogField.Hex("local-member-id", MemberId), LogField.Hex("from", before), LogField.Hex("to", now), ("term", View.Term));
    }

    private void OnEffects(ApplyEffects effects, bool replayed)
    {
        if (effects.HasFlag(ApplyEffects.QuotaExceeded) && !replayed)
            _background.RaiseNoSpace();
        if (effects.HasFlag(ApplyEffects.ClusterVersionChanged))
            _background.ClusterVersionChanged(replayed);
        if (effects.HasFlag(ApplyEffects.ClusterVersionLowered))
            _snapshots.Force();
        if (effects.HasFlag(ApplyEffects.RemovedSelf) && !replayed)
            Fail(new InvalidOperationException("the member has been permanently removed from the cluster"));
    }

    private void SnapshotRecorded(SnapshotMetadata position, ReadOnlyMemory<byte> data)
    {
        ulong keep = Options.SnapshotCatchUpEntries;
        Tell(new LoopEvent.SnapshotSaved(position, data, position.Index > keep ? position.Index - keep : 0));
    }

    /// <summary>A promise broke (a failed sync, a contradiction in the state): stop now rather than go on wrongly.</summary>
    public void Fail(Exception exception)
    {
        _log.Fatal("the member stops: going on could lose data", LogField.Error(exception));
        Proposer.Stop();
        Barrier.Fail(EtcdError.Stopped);
        _stopped.TrySetResult(exception);
    }
}
