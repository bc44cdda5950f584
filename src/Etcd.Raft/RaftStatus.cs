using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>Where the leader stands with one member.</summary>
public enum ProgressState
{
    /// <summary>The leader looks for the follower's last matching entry, one message per heartbeat.</summary>
    Probe = 0,

    /// <summary>Entries flow without waiting for answers.</summary>
    Replicate = 1,

    /// <summary>The follower needs a snapshot; nothing else is sent meanwhile.</summary>
    Snapshot = 2,
}

/// <summary>One member as the leader sees it.</summary>
/// <param name="MatchIndex">Last entry known to be the same on both.</param>
/// <param name="NextIndex">Next entry to send.</param>
/// <param name="PendingSnapshotIndex">Index of the snapshot on its way; 0 if none.</param>
/// <param name="RecentActive">Heard from since the last quorum check.</param>
public readonly record struct MemberProgress(
    ulong Id,
    ulong MatchIndex,
    ulong NextIndex,
    ProgressState State,
    bool IsLearner,
    bool RecentActive,
    bool IsPaused,
    ulong PendingSnapshotIndex);

/// <summary>The cheap part of <see cref="RaftStatus"/>.</summary>
/// <param name="LeadTransferee">Member that a leader hands over to; 0 if none.</param>
public readonly record struct BasicStatus(ulong Id, HardState HardState, SoftState SoftState, ulong AppliedIndex, ulong LeadTransferee);

/// <summary>A copy of a node's state.</summary>
/// <param name="Progress">Ascending by id; empty unless this member leads.</param>
public sealed record RaftStatus(BasicStatus Basic, ConfState Config, IReadOnlyList<MemberProgress> Progress);
