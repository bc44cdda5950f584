using System.Text;
using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>State and role of one member. What a role does with a message is in the Steps classes beside this one.</summary>
/// <remarks><code>
///                 timeout                     quorum of pre-votes
///   ┌──────────┐ ────────▶ ┌──────────────┐ ─────────────────────▶ ┌───────────┐ quorum of votes ┌────────┐
///   │ Follower │           │ PreCandidate │                        │ Candidate │ ──────────────▶ │ Leader │
///   └──────────┘ ◀──────── └──────────────┘                        └───────────┘                 └────────┘
///        ▲  ▲   lost, leader or higher term seen                         │                            │
///        │  └───────────────────────────────────────────────────────────┘                            │
///        └──────────────────────────────── higher term seen, no live quorum, removed ────────────────┘
/// </code>
/// Without PreVote the second box is skipped.</remarks>
internal sealed class RaftCore
{
    private readonly ElectionJitter _jitter;
    private readonly LeaderSteps _leader;
    private readonly FollowerSteps _follower;
    private readonly CandidateSteps _candidate;
    private int _heartbeatElapsed;

    public RaftCore(RaftConfig config)
    {
        Config = config;
        Lines = new RaftLines(config.Logger);
        Log = new RaftLog(config.Storage, Lines, config.MaxCommittedSizePerReady);
        Outbox = new Outbox(config.Id);
        _jitter = new ElectionJitter(config.Seed, config.Id);
        Election = new Election(this);
        Replicator = new Replicator(this);
        Membership = new Membership(this);
        _leader = new LeaderSteps(this);
        _follower = new FollowerSteps(this);
        _candidate = new CandidateSteps(this, _follower);
        Start();
    }

    public RaftConfig Config { get; }

    public ulong Id => Config.Id;

    public RaftLines Lines { get; }

    public RaftLog Log { get; }

    public ProgressTracker Tracker { get; } = new();

    public Outbox Outbox { get; }

    public Election Election { get; }

    public Replicator Replicator { get; }

    public Membership Membership { get; }

    public ReadIndexQueue Reads { get; } = new();

    /// <summary>Answered reads for the next Ready.</summary>
    public List<ReadState> ReadStates { get; set; } = [];

    public ulong Term { get; private set; }

    /// <summary>Whom we voted for in this term; 0 for nobody.</summary>
    public ulong Vote { get; set; }

    public RaftRole Role { get; private set; }

    /// <summary>The leader of this term as far as we know; 0 if unknown.</summary>
    public ulong Lead { get; set; }

    /// <summary>Whom a leader hands over to; 0 for nobody.</summary>
    public ulong LeadTransferee { get; set; }

    /// <summary>An unapplied configuration change may be in the log up to here; only when this is applied the next may be proposed.</summary>
    public ulong PendingConfIndex { get; set; }

    /// <summary>Ticks since the leader was last heard from, or of a leader since the last quorum check.</summary>
    public int ElectionElapsed { get; set; }

    /// <summary>Ticks until a follower campaigns: in [ElectionTick, 2 * ElectionTick).</summary>
    public int RandomizedElectionTimeout { get; set; }

    public SoftState SoftState => new(Lead, Role);

    public HardState HardState => new(Term, Vote, Log.Committed);

    public Progress? OwnProgress => Tracker.Progress.Find(Id);

    public void Tick()
    {
        if (Role == RaftRole.Leader)
            TickHeartbeat();
        else
            Election.Tick();
    }

    public RaftError? Step(Message message)
    {
        if (message.Term != 0 && message.Term != Term && !AgreeOnTerm(message))
            return null;
        switch (message.Type)
        {
            case MessageType.Hup:
                Election.Hup(Config.PreVote ? CampaignKind.PreElection : CampaignKind.Election);
                return null;
            case MessageType.StorageAppendResp:
                if (message.Index != 0)
                    Log.StableTo(new EntryId(message.LogTerm, message.Index));
                if (message.Snapshot is not null)
                    AppliedSnapshot(message.Snapshot);
                return null;
            case MessageType.StorageApplyResp:
                Applied(EntryList.Span(message.Entries));
                return null;
            case MessageType.Vote or MessageType.PreVote:
                Election.AnswerVote(message);
                return null;
            default:
                return Role switch
                {
                    RaftRole.Leader => _leader.Step(message),
                    RaftRole.Follower => _follower.Step(message),
                    _ => _candidate.Step(message),
                };
        }
    }

    public void Send(Message message) => Outbox.Send(message, Term);

    public void BecomeFollower(ulong term, ulong lead)
    {
        Reset(term);
        Lead = lead;
        Role = RaftRole.Follower;
        Lines.Write(RaftLogLevel.Info, $"{Id:x} became follower at term {Term}");
    }

    public void BecomeCandidate()
    {
        Invariant.Holds(Role != RaftRole.Leader, "invalid transition [leader -> candidate]");
        Reset(Term + 1);
        Vote = Id;
        Role = RaftRole.Candidate;
        Lines.Write(RaftLogLevel.Info, $"{Id:x} became candidate at term {Term}");
    }

    /// <summary>Neither term nor vote changes: the campaign may come to nothing and then nobody was disturbed.</summary>
    public void BecomePreCandidate()
    {
        Invariant.Holds(Role != RaftRole.Leader, "invalid transition [leader -> pre-candidate]");
        Tracker.ResetVotes();
        Lead = RaftIds.None;
        Role = RaftRole.PreCandidate;
        Lines.Write(RaftLogLevel.Info, $"{Id:x} became pre-candidate at term {Term}");
    }

    public void BecomeLeader()
    {
        Invariant.Holds(Role != RaftRole.Follower, "invalid transition [follower -> leader]");
        Reset(Term);
        Lead = Id;
        Role = RaftRole.Leader;
        Progress own = OwnProgress!;
        own.BecomeReplicate();
        own.RecentActive = true;
        // There may be an unapplied change in the tail; assuming one is cheaper than reading the tail.
        PendingConfIndex = Log.LastIndex;
        _leader.AppendEmptyEntry();
        Lines.Write(RaftLogLevel.Info, $"{Id:x} became leader at term {Term}");
    }

    /// <inheritdoc cref="LeaderSteps.TryCommit"/>
    public bool TryCommit() => _leader.TryCommit();

    public void AppliedTo(ulong index, ulong bytes)
    {
        ulong applied = Math.Max(index, Log.Applied);
        Log.AppliedTo(applied, bytes);
        if (Tracker.Config.AutoLeave && applied >= PendingConfIndex && Role == RaftRole.Leader)
            Membership.ProposeLeaveJoint();
        _follower.AfterApply();
    }

    /// <summary>Log and configuration as they were saved before the start.</summary>
    private void Start()
    {
        (HardState saved, ConfState confState) = Config.Storage.InitialState();
        EntryId last = Log.LastId;
        Membership.Restore(confState);
        if (!saved.IsEmpty)
        {
            Invariant.Holds(saved.Commit >= Log.Committed && saved.Commit <= last.Index, $"{Id:x} state.commit {saved.Commit} is out of range [{Log.Committed}, {last.Index}]");
            Log.LoadCommitted(saved.Commit);
            (Term, Vote) = (saved.Term, saved.Vote);
        }
        if (Config.Applied > 0)
            Log.AppliedTo(Config.Applied, 0);
        BecomeFollower(Term, RaftIds.None);
        Lines.Write(RaftLogLevel.Info, $"newRaft {Id:x} [peers: [{VoterList()}], term: {Term}, commit: {Log.Committed}, applied: {Log.Applied}, lastindex: {last.Index}, lastterm: {last.Term}]");
    }

    private string VoterList()
    {
        var list = new StringBuilder();
        foreach (ulong id in Tracker.Config.Voters.Ids.Span)
            list.Append(list.Length > 0 ? "," : "").Append($"{id:x}");
        return list.ToString();
    }

    private void TickHeartbeat()
    {
        _heartbeatElapsed++;
        ElectionElapsed++;
        if (ElectionElapsed >= Config.ElectionTick)
        {
            ElectionElapsed = 0;
            if (Config.CheckQuorum)
                _leader.CheckQuorum();
            // A hand-over that took this long failed; go on leading.
            LeadTransferee = RaftIds.None;
        }
        if (Role == RaftRole.Leader && _heartbeatElapsed >= Config.HeartbeatTick)
        {
            _heartbeatElapsed = 0;
            Replicator.BroadcastHeartbeat();
        }
    }

    /// <summary>Handles a message of another term. False: it is dealt with.</summary>
    private bool AgreeOnTerm(Message message)
    {
        if (message.Term < Term)
        {
            AnswerLowerTerm(message);
            return false;
        }
        if (message.Type is MessageType.Vote or MessageType.PreVote && Election.IgnoresVoteInLease(message))
            return false;
        // A pre-vote never changes our term; if ours was granted, we raise it when a quorum did.
        if (message.Type == MessageType.PreVote || message is { Type: MessageType.PreVoteResp, Reject: false })
            return true;
        Lines.Write(RaftLogLevel.Info, $"{Id:x} [term: {Term}] received a {RaftNames.Of(message.Type)} message with higher term from {message.From:x} [term: {message.Term}]");
        BecomeFollower(message.Term, MessageRules.IsFromLeader(message.Type) ? message.From : RaftIds.None);
        return true;
    }

    private void AnswerLowerTerm(Message message)
    {
        if ((Config.CheckQuorum || Config.PreVote) && message.Type is MessageType.Heartbeat or MessageType.App)
        {
            // Our term ran ahead while we were cut off, and with leases or pre-votes nobody would follow our Vote.
            // This answer lets the old leader see the term and step down, which frees us.
            Send(new Message { Type = MessageType.AppResp, From = Id, To = message.From, Term = Term });
        }
        else if (message.Type == MessageType.PreVote)
        {
            // The candidate may have started before pre-votes were switched on; silence could lock both out.
            Election.RejectVote(message);
        }
        else if (message.Type == MessageType.StorageAppendResp)
        {
            // Its entries may have been replaced in a later term, so they do not count; a snapshot's content cannot change.
            if (message.Index != 0)
                Lines.Write(RaftLogLevel.Info, $"{Id:x} [term: {Term}] ignored entry appends from a {RaftNames.Of(message.Type)} message with lower term [term: {message.Term}]");
            if (message.Snapshot is not null)
                AppliedSnapshot(message.Snapshot);
        }
        else
        {
            Lines.Write(RaftLogLevel.Info, $"{Id:x} [term: {Term}] ignored a {RaftNames.Of(message.Type)} message with lower term from {message.From:x} [term: {message.Term}]");
        }
    }

    private void AppliedSnapshot(Snapshot snapshot)
    {
        Log.StableSnapTo(snapshot.Metadata.Index);
        AppliedTo(snapshot.Metadata.Index, 0);
    }

    private void Applied(ReadOnlySpan<Entry> entries)
    {
        if (entries.IsEmpty)
            return;
        AppliedTo(entries[^1].Index, EntrySize.Encoded(entries));
        _leader.ReduceUncommitted(EntrySize.Payload(entries));
    }

    private void Reset(ulong term)
    {
        if (Term != term)
            (Term, Vote) = (term, RaftIds.None);
        Lead = RaftIds.None;
        (ElectionElapsed, _heartbeatElapsed) = (0, 0);
        RandomizedElectionTimeout = Config.ElectionTick + _jitter.Next(Config.ElectionTick);
        LeadTransferee = RaftIds.None;
        Tracker.ResetVotes();
        ulong last = Log.LastIndex;
        foreach ((ulong id, Progress progress) in Tracker.Progress)
            progress.Restart(match: id == Id ? last : 0, next: last + 1);
        PendingConfIndex = 0;
        _leader.StartOver();
        Reads.Clear();
    }
}
