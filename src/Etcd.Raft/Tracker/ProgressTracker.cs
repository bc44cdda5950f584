namespace Etcd.Raft;

/// <summary>The configuration in force, the progress of its members, and the votes of the election under way.</summary>
internal sealed class ProgressTracker
{
    private readonly Func<ulong, ulong?> _acknowledged;
    private readonly Dictionary<ulong, bool> _votes = [];

    public ProgressTracker() => _acknowledged = voter => Progress.Find(voter)?.Match;

    public TrackerConfig Config { get; private set; } = TrackerConfig.Empty;

    public ProgressMap Progress { get; private set; } = new();

    /// <summary>There is exactly one voter.</summary>
    public bool IsSingleton => Config.Voters is { IsJoint: false, Incoming.Count: 1 };

    /// <summary>The highest index that the voters hold by quorum.</summary>
    public ulong Committed => Config.Voters.CommittedIndex(_acknowledged);

    /// <summary>A quorum was heard from since <see cref="Etcd.Raft.Progress.RecentActive"/> was last cleared.</summary>
    public bool IsQuorumActive =>
        Config.Voters.Tally(voter => Progress.Find(voter) is { IsLearner: false } progress ? progress.RecentActive : null) == VoteResult.Won;

    public void Switch(TrackerConfig config, ProgressMap progress) => (Config, Progress) = (config, progress);

    public void ResetVotes() => _votes.Clear();

    /// <summary>Only the first vote of each voter counts.</summary>
    public void RecordVote(ulong voter, bool granted) => _votes.TryAdd(voter, granted);

    /// <summary>Votes of current voters so far, and what they amount to.</summary>
    public (int Granted, int Rejected, VoteResult Result) TallyVotes()
    {
        int granted = 0;
        int rejected = 0;
        foreach ((ulong id, Progress progress) in Progress)
        {
            if (progress.IsLearner || !_votes.TryGetValue(id, out bool vote))
                continue;
            if (vote)
                granted++;
            else
                rejected++;
        }
        return (granted, rejected, Config.Voters.Tally(voter => _votes.TryGetValue(voter, out bool vote) ? vote : null));
    }
}
