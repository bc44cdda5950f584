using Etcd.Protocol.Raft;
using Etcd.Store.Membership;
using Etcd.Store.Mvcc;
using Etcd.Store.V2;

namespace Etcd.Store.Apply;

/// <summary>What the owner of the state machine has to act on after an entry.</summary>
[Flags]
public enum ApplyEffects
{
    None = 0,

    /// <summary>Members, their URLs or their attributes changed: tell the transport.</summary>
    MembersChanged = 1,

    /// <summary>This member was removed and must stop.</summary>
    RemovedSelf = 2,

    ClusterVersionChanged = 4,

    /// <summary>The cluster version went down: a snapshot is due at once.</summary>
    ClusterVersionLowered = 8,

    AlarmsChanged = 16,

    /// <summary>The write was done but the quota is used up: a NOSPACE alarm is to be proposed.</summary>
    QuotaExceeded = 32,

    AuthChanged = 64,
}

/// <summary>What raft is to be told of a membership entry.</summary>
/// <param name="Change">To be handed to raft; a refused one becomes a change of node 0, which does nothing.</param>
/// <param name="Refusal">Why it was refused; null if it was done.</param>
public sealed record AppliedConfChange(ConfChange Change, MembershipError? Refusal);

/// <summary>Outcome of one entry.</summary>
/// <param name="RequestId">Who waits for it; 0 if nobody can.</param>
/// <param name="Result">The answer to a v3 request or a membership change.</param>
public readonly record struct AppliedEntry(ulong RequestId, ApplyResult Result)
{
    public ApplyEffects Effects { get; init; }

    /// <summary>The answer to a v2 request.</summary>
    public V2Result? V2 { get; init; }

    /// <summary>Set for membership entries.</summary>
    public AppliedConfChange? ConfChange { get; init; }

    /// <summary>Set for a compaction: when its data is really gone. A physical one is answered only then.</summary>
    public CompactionHandle? Compaction { get; init; }

    /// <summary>The compaction's client wants to wait for <see cref="Compaction"/>.</summary>
    public bool AnswerWhenCompacted { get; init; }
}
