namespace Etcd.Raft;

/// <summary>State of a vote.</summary>
internal enum VoteResult
{
    /// <summary>Neither side has a quorum yet.</summary>
    Pending,
    Lost,
    Won,
}

/// <summary>Decisions of a simple majority of a set of voters.</summary>
/// <remarks>The empty set agrees to everything, which makes an absent half of a joint configuration invisible.</remarks>
internal static class MajorityQuorum
{
    private const int MaxOnStack = 16;

    /// <summary>The highest index that more than half of the voters acknowledged; <see cref="ulong.MaxValue"/> without voters.</summary>
    /// <param name="acknowledged">A voter's index, or null if it never answered.</param>
    public static ulong CommittedIndex(IdSet voters, Func<ulong, ulong?> acknowledged)
    {
        int count = voters.Count;
        if (count == 0)
            return ulong.MaxValue;
        Span<ulong> indexes = count <= MaxOnStack ? stackalloc ulong[count] : new ulong[count];
        for (int i = 0; i < count; i++)
            indexes[i] = acknowledged(voters.Span[i]) ?? 0;
        indexes.Sort();
        return indexes[count - (count / 2 + 1)];
    }

    /// <param name="vote">A voter's yes or no, or null if it has not voted.</param>
    public static VoteResult Tally(IdSet voters, Func<ulong, bool?> vote)
    {
        if (voters.IsEmpty)
            return VoteResult.Won;
        int granted = 0;
        int missing = 0;
        foreach (ulong voter in voters.Span)
        {
            bool? answer = vote(voter);
            if (answer is null)
                missing++;
            else if (answer.Value)
                granted++;
        }
        int quorum = voters.Count / 2 + 1;
        if (granted >= quorum)
            return VoteResult.Won;
        return granted + missing >= quorum ? VoteResult.Pending : VoteResult.Lost;
    }
}
