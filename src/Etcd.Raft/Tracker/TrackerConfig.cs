using System.Text;
using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>Who votes and who learns right now.</summary>
/// <remarks>Invariants: nobody is in <see cref="Learners"/> and in either half of <see cref="Voters"/>; everybody in
/// <see cref="LearnersNext"/> is an outgoing voter; without an outgoing half there is neither LearnersNext nor AutoLeave.</remarks>
/// <param name="AutoLeave">The leader leaves the joint configuration once it is applied.</param>
/// <param name="LearnersNext">Outgoing voters that learn from the moment the joint configuration is left.</param>
internal sealed record TrackerConfig(JointQuorum Voters, bool AutoLeave, IdSet Learners, IdSet LearnersNext)
{
    public static TrackerConfig Empty { get; } = new(default, AutoLeave: false, default, default);

    public ConfState ToConfState() => new()
    {
        Voters = Voters.Incoming.ToArray(),
        VotersOutgoing = Voters.Outgoing.ToArray(),
        Learners = Learners.ToArray(),
        LearnersNext = LearnersNext.ToArray(),
        AutoLeave = AutoLeave,
    };

    /// <summary>As etcd prints it: <c>voters=(1 2)&amp;&amp;(1) learners=(3) autoleave</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"voters={Voters}");
        if (!Learners.IsEmpty)
            text.Append($" learners={Learners}");
        if (!LearnersNext.IsEmpty)
            text.Append($" learners_next={LearnersNext}");
        if (AutoLeave)
            text.Append(" autoleave");
        return text.ToString();
    }
}
