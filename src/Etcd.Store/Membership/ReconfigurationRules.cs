using Etcd.Protocol.Errors;

namespace Etcd.Store.Membership;

/// <summary>What the member that takes a call checks before it proposes a membership change, so that a cluster does not
/// lose its quorum by it (<c>--strict-reconfig-check</c>, spec peer §8.4). Pure functions.</summary>
public static class ReconfigurationRules
{
    /// <summary>How far a learner's log must be, compared with the leader's, before it may vote.</summary>
    public const double LearnerReadyRatio = 0.9;

    /// <param name="connectedVoters">Voters that this member has been connected to for at least 5 s, itself included.</param>
    public static EtcdError? CheckAdd(ClusterView view, bool isLearner, int connectedVoters)
    {
        int voters = view.Voters.Count();
        int started = view.Voters.Count(static member => member.IsStarted);
        // Compat: one started voter may get a second: that is how a cluster is rebuilt from one member.
        bool isRebuilding = started == 1 && voters == 1;
        if (!isLearner && !isRebuilding && started < Quorum(voters + 1))
            return EtcdError.NotEnoughStartedMembers;
        return voters == 1 || connectedVoters >= Quorum(voters + 1) ? null : EtcdError.Unhealthy;
    }

    /// <param name="isTargetActive">The target is this member, or this member is connected to it.</param>
    /// <param name="connectedVoters">As in <see cref="CheckAdd"/>.</param>
    public static EtcdError? CheckRemove(ClusterView view, ulong id, bool isTargetActive, int connectedVoters)
    {
        if (view.Find(id) is { IsLearner: true })
            return null;
        int voters = view.Voters.Count();
        int left = view.Voters.Count(member => member.Id != id);
        int started = view.Voters.Count(member => member.Id != id && member.IsStarted);
        if (started < Quorum(left))
            return EtcdError.NotEnoughStartedMembers;
        if (!isTargetActive)
            return null; // A member that is down is no part of the quorum that works now.
        return connectedVoters - 1 >= 1 + (voters - 1) / 2 ? null : EtcdError.Unhealthy;
    }

    /// <summary>Whether a learner's log is close enough to the leader's. Checked on the leader, also without strict checks.</summary>
    public static EtcdError? CheckLearnerReady(ulong learnerMatch, ulong leaderMatch) =>
        learnerMatch >= leaderMatch * LearnerReadyRatio ? null : EtcdError.LearnerNotReady;

    /// <summary>Whether enough voters run to take one more.</summary>
    public static EtcdError? CheckPromote(ClusterView view)
    {
        int voters = view.Voters.Count() + 1;
        int started = view.Voters.Count(static member => member.IsStarted) + 1; // The learner has caught up, so it runs.
        return started >= Quorum(voters) ? null : EtcdError.NotEnoughStartedMembers;
    }

    private static int Quorum(int voters) => voters / 2 + 1;
}
