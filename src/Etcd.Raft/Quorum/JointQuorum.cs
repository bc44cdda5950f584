namespace Etcd.Raft;

/// <summary>The voters: one majority, or while the members change two that must both agree (paper §6, joint consensus).</summary>
/// <param name="Incoming">The voters from now on.</param>
/// <param name="Outgoing">The voters until the joint configuration is left; empty if it is not joint.</param>
internal readonly record struct JointQuorum(IdSet Incoming, IdSet Outgoing)
{
    public bool IsJoint => !Outgoing.IsEmpty;

    /// <summary>Everybody whose vote counts in either half.</summary>
    public IdSet Ids => Incoming.Union(Outgoing);

    public bool Contains(ulong id) => Incoming.Contains(id) || Outgoing.Contains(id);

    /// <inheritdoc cref="MajorityQuorum.CommittedIndex"/>
    public ulong CommittedIndex(Func<ulong, ulong?> acknowledged) =>
        Math.Min(MajorityQuorum.CommittedIndex(Incoming, acknowledged), MajorityQuorum.CommittedIndex(Outgoing, acknowledged));

    /// <inheritdoc cref="MajorityQuorum.Tally"/>
    public VoteResult Tally(Func<ulong, bool?> vote)
    {
        VoteResult incoming = MajorityQuorum.Tally(Incoming, vote);
        VoteResult outgoing = MajorityQuorum.Tally(Outgoing, vote);
        if (incoming == outgoing)
            return incoming;
        return incoming == VoteResult.Lost || outgoing == VoteResult.Lost ? VoteResult.Lost : VoteResult.Pending;
    }

    public override string ToString() => IsJoint ? $"{Incoming}&&{Outgoing}" : Incoming.ToString();
}
