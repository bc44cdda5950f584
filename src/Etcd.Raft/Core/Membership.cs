using Etcd.Foundation;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>Configuration changes, from the proposal to the switch (paper §6, thesis §4), and snapshots, which carry one.</summary>
internal sealed class Membership(RaftCore raft)
{
    /// <summary>May the change enter the log at <paramref name="index"/>? Only one may be unapplied, and joint steps come in order.</summary>
    /// <remarks>Best effort: the configuration in force may not be the newest in the log. See RaftConfig.DisableConfChangeValidation.</remarks>
    /// <returns>False if the entry is not a configuration change that can be read.</returns>
    public bool TryAdmit(in Entry entry, ulong index, out bool isAdmitted)
    {
        isAdmitted = false;
        if (!ConfChangeEntry.TryRead(entry, out ConfChangeV2? change, out string text))
            return false;
        string? objection = raft.Config.DisableConfChangeValidation ? null : Objection(change);
        if (objection is not null)
        {
            raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} ignoring conf change {text} at config {raft.Tracker.Config}: {objection}");
            return true;
        }
        raft.PendingConfIndex = index;
        isAdmitted = true;
        return true;
    }

    /// <summary>The change was applied.</summary>
    public ConfState Apply(ConfChangeV2 change)
    {
        ConfChanger changer = new(raft.Tracker.Config, raft.Tracker.Progress, raft.Log.LastIndex, NewProgress);
        (TrackerConfig config, ProgressMap progress) =
            change.LeavesJoint() ? changer.LeaveJoint()
            : change.EntersJoint(out bool autoLeave) ? changer.EnterJoint(autoLeave, change.Changes)
            : changer.Simple(change.Changes);
        return SwitchTo(config, progress);
    }

    /// <summary>A leader ends a joint configuration by itself once it is applied.</summary>
    public void ProposeLeaveJoint()
    {
        // Empty data reads as an empty ConfChangeV2 and is never refused for its size. During a transfer it is
        // dropped; the next applied entry tries again.
        RaftError? error = raft.Step(new Message { Type = MessageType.Prop, Entries = [ConfChangeEntry.LeaveJoint] });
        if (error is null)
            raft.Lines.Write(RaftLogLevel.Info, $"initiating automatic transition out of joint configuration {raft.Tracker.Config}");
        else
            raft.Lines.Write(RaftLogLevel.Debug, $"not initiating automatic transition out of joint configuration {raft.Tracker.Config}: {error}");
    }

    /// <summary>Takes over the configuration of a snapshot or a restart.</summary>
    public void Restore(ConfState state)
    {
        (TrackerConfig config, ProgressMap progress) = ConfChanger.Restore(state, raft.Log.LastIndex, NewProgress);
        ConfState restored = SwitchTo(config, progress);
        Invariant.Holds(Sorted(state).Equals(restored), $"ConfStates not equivalent after sorting: {RaftNames.Of(state)} and {RaftNames.Of(restored)}");
    }

    /// <summary>Replaces the log by the leader's snapshot; false if it is not needed or not for us.</summary>
    public bool TryRestore(Snapshot snapshot)
    {
        SnapshotMetadata metadata = snapshot.Metadata;
        if (metadata.Index <= raft.Log.Committed)
            return false;
        Invariant.Holds(raft.Role == RaftRole.Follower, $"{raft.Id:x} attempted to restore snapshot as {RaftNames.Of(raft.Role)}");
        ConfState state = metadata.ConfState;
        if (!state.IsSound())
        {
            raft.Lines.Write(RaftLogLevel.Error, $"{raft.Id:x} ignored a snapshot whose ConfState cannot be: {RaftNames.Of(state)}");
            return false;
        }
        if (!state.Voters.Contains(raft.Id) && !state.Learners.Contains(raft.Id) && !state.VotersOutgoing.Contains(raft.Id))
        {
            raft.Lines.Write(RaftLogLevel.Warning, $"{raft.Id:x} attempted to restore snapshot but it is not in the ConfState {RaftNames.Of(state)}; should never happen");
            return false;
        }
        EntryId last = raft.Log.LastId;
        if (raft.Log.Matches(new EntryId(metadata.Term, metadata.Index)))
        {
            // The log already holds what the snapshot stands for; it only proves that this is committed.
            raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} [commit: {raft.Log.Committed}, lastindex: {last.Index}, lastterm: {last.Term}] fast-forwarded commit to snapshot [index: {metadata.Index}, term: {metadata.Term}]");
            raft.Log.CommitTo(metadata.Index);
            return false;
        }
        raft.Log.Restore(snapshot);
        Restore(state);
        last = raft.Log.LastId;
        raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} [commit: {raft.Log.Committed}, lastindex: {last.Index}, lastterm: {last.Term}] restored snapshot [index: {metadata.Index}, term: {metadata.Term}]");
        return true;
    }

    private static ConfState Sorted(ConfState state) => state with
    {
        Voters = [.. state.Voters.Order()],
        Learners = [.. state.Learners.Order()],
        VotersOutgoing = [.. state.VotersOutgoing.Order()],
        LearnersNext = [.. state.LearnersNext.Order()],
    };

    private string? Objection(ConfChangeV2 change)
    {
        bool isJoint = raft.Tracker.Config.Voters.IsJoint;
        bool leaves = change.Changes.Count == 0;
        if (raft.PendingConfIndex > raft.Log.Applied)
            return $"possible unapplied conf change at index {raft.PendingConfIndex} (applied to {raft.Log.Applied})";
        if (isJoint && !leaves)
            return "must transition out of joint config first";
        return !isJoint && leaves ? "not in joint state; refusing empty conf change" : null;
    }

    private Progress NewProgress() => new(raft.Config.MaxInflightMsgs, raft.Config.MaxInflightBytes);

    private ConfState SwitchTo(TrackerConfig config, ProgressMap progress)
    {
        raft.Tracker.Switch(config, progress);
        raft.Lines.Write(RaftLogLevel.Info, $"{raft.Id:x} switched to configuration {config}");
        ConfState state = config.ToConfState();
        if (raft.Role != RaftRole.Leader)
            return state;
        if (raft.OwnProgress is null or { IsLearner: true })
        {
            if (raft.Config.StepDownOnRemoval)
                raft.BecomeFollower(raft.Term, RaftIds.None);
            return state;
        }
        // A smaller quorum may commit more at once; otherwise new members need not wait for a heartbeat.
        bool isMoreCommitted = raft.TryCommit();
        raft.Replicator.BroadcastAppend(sendIfEmpty: isMoreCommitted);
        if (!config.Voters.Contains(raft.LeadTransferee))
            raft.LeadTransferee = RaftIds.None;
        return state;
    }
}
