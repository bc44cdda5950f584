using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>What a configuration change asks for (thesis §4.3).</summary>
internal static class ConfChangeRules
{
    public static ConfChangeV2 AsV2(this ConfChange change) =>
        new(ConfChangeTransition.Auto, [new ConfChangeSingle(change.Type, change.NodeId)], change.Context);

    /// <summary>The change takes two steps. More than one voter never changes in one step.</summary>
    /// <param name="autoLeave">The leader takes the second step by itself.</param>
    public static bool EntersJoint(this ConfChangeV2 change, out bool autoLeave)
    {
        autoLeave = change.Transition != ConfChangeTransition.JointExplicit;
        return change.Transition != ConfChangeTransition.Auto || change.Changes.Count > 1;
    }

    /// <summary>The change is the second step.</summary>
    public static bool LeavesJoint(this ConfChangeV2 change) =>
        change.Transition == ConfChangeTransition.Auto && change.Changes.Count == 0;
}
