using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>How a leader proves that it still leads before it answers a read index.</summary>
public enum ReadOnlyOption
{
    /// <summary>A quorum confirms by heartbeat (thesis §6.4).</summary>
    Safe = 0,

    /// <summary>The leader trusts its lease, i.e. bounded clock drift; needs <see cref="RaftConfig.CheckQuorum"/> (thesis §6.4.1).</summary>
    LeaseBased = 1,
}

/// <summary>Parameters of one <see cref="RaftNode"/>. Sizes are bytes, times are ticks.</summary>
public sealed record RaftConfig
{
    /// <summary>This member; neither 0 nor a local thread's id.</summary>
    public required ulong Id { get; init; }

    /// <summary>Where the stable part of the log is read from. Owned by the caller, who writes it between Ready and Advance.</summary>
    public required IRaftStorage Storage { get; init; }

    /// <summary>Ticks without a leader after which a follower campaigns; more than <see cref="HeartbeatTick"/>. etcd: 10.</summary>
    public int ElectionTick { get; init; } = 10;

    /// <summary>Ticks between two heartbeats of a leader; at least 1. etcd: 1.</summary>
    public int HeartbeatTick { get; init; } = 1;

    /// <summary>Last index that the application had applied before a restart; 0 to apply everything that is committed again.</summary>
    public ulong Applied { get; init; }

    /// <summary>Storage work is asked for by StorageAppend and StorageApply messages instead of Ready and Advance.</summary>
    public bool AsyncStorageWrites { get; init; }

    /// <summary>Encoded entries in one App message; a single larger entry still goes. 0: one entry per message. etcd: 1 MiB.</summary>
    public ulong MaxSizePerMsg { get; init; } = 1024 * 1024;

    /// <summary>Encoded committed entries handed out and not yet applied; 0 means <see cref="MaxSizePerMsg"/>.</summary>
    public ulong MaxCommittedSizePerReady { get; init; }

    /// <summary>Payload of a leader's uncommitted tail, above which proposals are dropped; 0: no limit.</summary>
    public ulong MaxUncommittedEntriesSize { get; init; }

    /// <summary>App messages on their way to one follower; at least 1. etcd: 512.</summary>
    public int MaxInflightMsgs { get; init; } = 512;

    /// <summary>Payload on its way to one follower; 0: no limit, else at least <see cref="MaxSizePerMsg"/>.</summary>
    public ulong MaxInflightBytes { get; init; }

    /// <summary>A leader without a live quorum steps down; followers of a live leader ignore candidates (thesis §4.2.3, §6.2).</summary>
    public bool CheckQuorum { get; init; }

    /// <summary>Ask whether an election could be won before raising the term (thesis §9.6).</summary>
    public bool PreVote { get; init; }

    public ReadOnlyOption ReadOnlyOption { get; init; }

    /// <summary>A follower drops proposals instead of sending them to the leader.</summary>
    public bool DisableProposalForwarding { get; init; }

    /// <summary>A leader appends configuration changes unchecked; the caller serializes and checks them.</summary>
    public bool DisableConfChangeValidation { get; init; }

    /// <summary>A leader that applies its own removal or demotion becomes a follower.</summary>
    public bool StepDownOnRemoval { get; init; }

    /// <summary>How proposed configuration changes are encoded.</summary>
    public WireDialect Dialect { get; init; } = WireDialect.V37;

    /// <summary>Start of the random election timeouts. Mixed with <see cref="Id"/>, so members may share it.</summary>
    public ulong Seed { get; init; }

    /// <summary>Gets the lines that etcd's raft logs, letter by letter; null: none.</summary>
    public IRaftLogger? Logger { get; init; }

    /// <summary>Checks the ranges and fills in what is zero.</summary>
    /// <exception cref="ArgumentException">With etcd's text.</exception>
    internal RaftConfig Validated()
    {
        Require(Id != RaftIds.None, "cannot use none as id");
        Require(!RaftIds.IsLocalThread(Id), "cannot use local target as id");
        Require(HeartbeatTick > 0, "heartbeat tick must be greater than 0");
        Require(ElectionTick > HeartbeatTick, "election tick must be greater than heartbeat tick");
        Require(Storage is not null, "storage cannot be nil");
        Require(MaxInflightMsgs > 0, "max inflight messages must be greater than 0");
        Require(MaxInflightBytes == 0 || MaxInflightBytes >= MaxSizePerMsg, "max inflight bytes must be >= max message size");
        Require(ReadOnlyOption != ReadOnlyOption.LeaseBased || CheckQuorum, "CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased");
        ulong committedBytes = MaxCommittedSizePerReady != 0 ? MaxCommittedSizePerReady : Math.Max(MaxSizePerMsg, 1);
        return this with { MaxCommittedSizePerReady = committedBytes };
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new ArgumentException(message);
    }
}
