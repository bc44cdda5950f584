using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>What every configuration keeps to, see <see cref="TrackerConfig"/>.</summary>
internal static class ConfStateRules
{
    /// <summary>False for bytes that no member could have written.</summary>
    public static bool IsSound(this ConfState state)
    {
        bool isJoint = state.VotersOutgoing.Count > 0;
        ulong[] voters = [.. state.Voters.Union(state.VotersOutgoing)];
        return state.Voters.Count > 0
            && IsSet(state.Voters) && IsSet(state.VotersOutgoing) && IsSet(state.Learners) && IsSet(state.LearnersNext)
            && !voters.Intersect(state.Learners).Any()
            && !state.LearnersNext.Except(state.VotersOutgoing).Any()
            && !state.LearnersNext.Intersect(state.Voters).Any()
            && (isJoint || !state.AutoLeave);
    }

    private static bool IsSet(IReadOnlyList<ulong> ids) => !ids.Contains(RaftIds.None) && ids.Distinct().Count() == ids.Count;
}
