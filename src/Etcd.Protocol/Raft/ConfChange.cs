namespace Etcd.Protocol.Raft;

public enum ConfChangeType
{
    AddNode = 0,
    RemoveNode = 1,
    UpdateNode = 2,
    AddLearnerNode = 3,
}

/// <summary>A change of one member (raftpb.ConfChange), the only kind etcd itself proposes.</summary>
/// <param name="Id">Request id that the proposer waits for; 0 in bootstrap entries.</param>
/// <param name="Type">What happens to the node.</param>
/// <param name="NodeId">The member.</param>
/// <param name="Context">The member's JSON, see spec peer §8.2.</param>
public sealed record ConfChange(ulong Id, ConfChangeType Type, ulong NodeId, ReadOnlyMemory<byte> Context);

/// <summary>How a <see cref="ConfChangeV2"/> passes through the joint configuration.</summary>
public enum ConfChangeTransition
{
    /// <summary>Joint only if more than one voter changes; left automatically.</summary>
    Auto = 0,

    /// <summary>Joint, left automatically.</summary>
    JointImplicit = 1,

    /// <summary>Joint, left by an explicit empty change.</summary>
    JointExplicit = 2,
}

public readonly record struct ConfChangeSingle(ConfChangeType Type, ulong NodeId);

/// <summary>Several changes at once (raftpb.ConfChangeV2). No changes and Auto: leave the joint configuration.</summary>
public sealed record ConfChangeV2(ConfChangeTransition Transition, IReadOnlyList<ConfChangeSingle> Changes, ReadOnlyMemory<byte> Context);
