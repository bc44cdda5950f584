using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>Computes the configuration after a change. The one it starts from is left as it was.</summary>
/// <remarks>A change that does not fit is an <see cref="InvariantException"/>: it is already committed, so every member must
/// apply it or none. The leader's check before proposing keeps such changes out of the log.</remarks>
/// <param name="lastIndex">New members are probed here first.</param>
/// <param name="newProgress">Makes the progress of a new member.</param>
internal sealed class ConfChanger(TrackerConfig config, ProgressMap progress, ulong lastIndex, Func<Progress> newProgress)
{
    /// <summary>Rebuilds the configuration of a snapshot or of a restart.</summary>
    public static (TrackerConfig Config, ProgressMap Progress) Restore(ConfState state, ulong lastIndex, Func<Progress> newProgress)
    {
        (TrackerConfig Config, ProgressMap Progress) result = (TrackerConfig.Empty, new ProgressMap());
        if (state.VotersOutgoing.Count == 0)
        {
            foreach (ConfChangeSingle change in Incoming(state))
                result = After(result).Simple([change]);
            return result;
        }
        foreach (ulong id in state.VotersOutgoing)
            result = After(result).Simple([new ConfChangeSingle(ConfChangeType.AddNode, id)]);
        return After(result).EnterJoint(state.AutoLeave, Incoming(state));

        ConfChanger After((TrackerConfig Config, ProgressMap Progress) last) => new(last.Config, last.Progress, lastIndex, newProgress);
    }

    /// <summary>Changes at most one voter, without a joint configuration (thesis §4.1).</summary>
    public (TrackerConfig Config, ProgressMap Progress) Simple(IReadOnlyList<ConfChangeSingle> changes)
    {
        Invariant.Holds(!config.Voters.IsJoint, "can't apply simple config change in joint config");
        Draft draft = Copy();
        Apply(draft, changes);
        int changed = Difference(config.Voters.Incoming, draft.Incoming) + Difference(draft.Incoming, config.Voters.Incoming);
        Invariant.Holds(changed <= 1, "more than one voter changed without entering joint config");
        return Checked(draft);
    }

    /// <summary>First step of a change of any size: old and new voters must both agree from now on (thesis §4.3).</summary>
    public (TrackerConfig Config, ProgressMap Progress) EnterJoint(bool autoLeave, IReadOnlyList<ConfChangeSingle> changes)
    {
        Invariant.Holds(!config.Voters.IsJoint, "config is already joint");
        Invariant.Holds(!config.Voters.Incoming.IsEmpty, "can't make a zero-voter config joint");
        Draft draft = Copy();
        draft.Outgoing = draft.Incoming;
        Apply(draft, changes);
        draft.AutoLeave = autoLeave;
        return Checked(draft);
    }

    /// <summary>Second step: the outgoing voters are gone, or learn if they were demoted.</summary>
    public (TrackerConfig Config, ProgressMap Progress) LeaveJoint()
    {
        Invariant.Holds(config.Voters.IsJoint, "can't leave a non-joint config");
        Draft draft = Copy();
        foreach (ulong id in draft.LearnersNext.Span)
        {
            draft.Learners = draft.Learners.With(id);
            draft.Progress.Find(id)!.IsLearner = true;
        }
        foreach (ulong id in draft.Outgoing.Span)
        {
            if (!draft.Incoming.Contains(id) && !draft.Learners.Contains(id))
                draft.Progress.Remove(id);
        }
        (draft.LearnersNext, draft.Outgoing, draft.AutoLeave) = (default, default, false);
        return Checked(draft);
    }

    // The changes that lead from the outgoing voters (or from nothing) to the state.
    private static List<ConfChangeSingle> Incoming(ConfState state) =>
    [
        .. state.VotersOutgoing.Select(id => new ConfChangeSingle(ConfChangeType.RemoveNode, id)),
        .. state.Voters.Select(id => new ConfChangeSingle(ConfChangeType.AddNode, id)),
        .. state.Learners.Select(id => new ConfChangeSingle(ConfChangeType.AddLearnerNode, id)),
        .. state.LearnersNext.Select(id => new ConfChangeSingle(ConfChangeType.AddLearnerNode, id)),
    ];

    private static int Difference(IdSet left, IdSet right)
    {
        int count = 0;
        foreach (ulong id in left.Span)
            count += right.Contains(id) ? 0 : 1;
        return count;
    }

    private static void Remove(Draft draft, ulong id)
    {
        if (draft.Progress.Find(id) is null)
            return;
        draft.Incoming = draft.Incoming.Without(id);
        draft.Learners = draft.Learners.Without(id);
        draft.LearnersNext = draft.LearnersNext.Without(id);
        // An outgoing voter still takes part in decisions, so its progress stays.
        if (!draft.Outgoing.Contains(id))
            draft.Progress.Remove(id);
    }

    private static void CheckInvariants(TrackerConfig result, ProgressMap members)
    {
        CheckEachHasProgress(result.Voters.Ids);
        CheckEachHasProgress(result.Learners);
        CheckEachHasProgress(result.LearnersNext);
        foreach (ulong id in result.LearnersNext.Span)
        {
            Invariant.Holds(result.Voters.Outgoing.Contains(id), $"{id} is in LearnersNext, but not Voters[1]");
            Invariant.Holds(!members.Find(id)!.IsLearner, $"{id} is in LearnersNext, but is already marked as learner");
        }
        foreach (ulong id in result.Learners.Span)
        {
            Invariant.Holds(!result.Voters.Contains(id), $"{id} is in Learners and Voters");
            Invariant.Holds(members.Find(id)!.IsLearner, $"{id} is in Learners, but is not marked as learner");
        }
        Invariant.Holds(result.Voters.IsJoint || !result.AutoLeave, "AutoLeave must be false when not joint");
        Invariant.Holds(result.Voters.IsJoint || result.LearnersNext.IsEmpty, "cfg.LearnersNext must be nil when not joint");

        void CheckEachHasProgress(IdSet ids)
        {
            foreach (ulong id in ids.Span)
                Invariant.Holds(members.Find(id) is not null, $"no progress for {id}");
        }
    }

    private void Apply(Draft draft, IReadOnlyList<ConfChangeSingle> changes)
    {
        foreach (ConfChangeSingle change in changes)
        {
            // Compat: etcd replaces the node of a change it refuses by zero; such a change must do nothing.
            if (change.NodeId == RaftIds.None)
                continue;
            switch (change.Type)
            {
                case ConfChangeType.AddNode:
                    MakeVoter(draft, change.NodeId);
                    break;
                case ConfChangeType.AddLearnerNode:
                    MakeLearner(draft, change.NodeId);
                    break;
                case ConfChangeType.RemoveNode:
                    Remove(draft, change.NodeId);
                    break;
                case ConfChangeType.UpdateNode:
                    break;
                default:
                    throw new InvariantException($"unexpected conf type {(int)change.Type}");
            }
        }
        Invariant.Holds(!draft.Incoming.IsEmpty, "removed all voters");
    }

    private void MakeVoter(Draft draft, ulong id)
    {
        if (draft.Progress.Find(id) is { } known)
            known.IsLearner = false;
        else
            AddProgress(draft, id, isLearner: false);
        draft.Learners = draft.Learners.Without(id);
        draft.LearnersNext = draft.LearnersNext.Without(id);
        draft.Incoming = draft.Incoming.With(id);
    }

    private void MakeLearner(Draft draft, ulong id)
    {
        Progress? known = draft.Progress.Find(id);
        if (known is null)
        {
            AddProgress(draft, id, isLearner: true);
            draft.Learners = draft.Learners.With(id);
            return;
        }
        if (known.IsLearner)
            return;
        Remove(draft, id);
        if (draft.Outgoing.Contains(id))
        {
            // It votes until the joint configuration is left, so it cannot learn before.
            draft.LearnersNext = draft.LearnersNext.With(id);
            return;
        }
        known.IsLearner = true;
        draft.Progress.Add(id, known);
        draft.Learners = draft.Learners.With(id);
    }

    private void AddProgress(Draft draft, ulong id, bool isLearner)
    {
        Progress added = newProgress();
        added.Next = Math.Max(lastIndex, 1);
        added.IsLearner = isLearner;
        // A new member had no chance to speak yet; without this the next quorum check could depose the leader.
        added.RecentActive = true;
        draft.Progress.Add(id, added);
    }

    private Draft Copy()
    {
        CheckInvariants(config, progress);
        return new Draft
        {
            Incoming = config.Voters.Incoming,
            Outgoing = config.Voters.Outgoing,
            Learners = config.Learners,
            LearnersNext = config.LearnersNext,
            AutoLeave = config.AutoLeave,
            Progress = progress.Clone(),
        };
    }

    private static (TrackerConfig Config, ProgressMap Progress) Checked(Draft draft)
    {
        var result = new TrackerConfig(new JointQuorum(draft.Incoming, draft.Outgoing), draft.AutoLeave, draft.Learners, draft.LearnersNext);
        CheckInvariants(result, draft.Progress);
        return (result, draft.Progress);
    }

    /// <summary>The configuration being worked on.</summary>
    private sealed class Draft
    {
        public IdSet Incoming { get; set; }

        public IdSet Outgoing { get; set; }

        public IdSet Learners { get; set; }

        public IdSet LearnersNext { get; set; }

        public bool AutoLeave { get; set; }

        public required ProgressMap Progress { get; init; }
    }
}
