using Etcd.Protocol.Raft;
using Etcd.Raft.Tests.Support;

namespace Etcd.Raft.Tests.Paper;

/// <summary>Paper §5.1 and §5.2: terms and elections.</summary>
public sealed class ElectionTests
{
    private static readonly ulong[] s_three = [1, 2, 3];

    [Theory]
    [InlineData(RaftRole.Follower)]
    [InlineData(RaftRole.Candidate)]
    [InlineData(RaftRole.Leader)]
    public void Term_HigherOneSeen_IsTakenOverByAFollower(RaftRole role)
    {
        // §5.1: "if one server's current term is smaller than the other's, it updates ... a candidate or leader reverts to follower".
        TestNode node = role == RaftRole.Leader ? TestNode.Leader() : new TestNode(1, s_three);
        if (role == RaftRole.Candidate)
            node.Raft.Campaign();

        node.Answer(new Message { Type = MessageType.App, From = 2, To = 1, Term = 7 });

        Assert.Equal((7ul, RaftRole.Follower, 2ul), (node.Core.Term, node.Core.Role, node.Core.Lead));
    }

    [Fact]
    public void Term_LowerOneInAppend_ChangesNothing()
    {
        // §5.1: "if a server receives a request with a stale term number, it rejects the request".
        var node = new TestNode(1, s_three, [1], new HardState(5, 0, 0));

        Assert.Empty(node.Answer(new Message { Type = MessageType.App, From = 2, To = 1, Term = 4, LogTerm = 1, Index = 1, Entries = [new Entry(4, 2, EntryType.Normal, default)] }));

        Assert.Equal((5ul, "1"), (node.Core.Term, node.LogTerms));
    }

    [Fact]
    public void Start_Always_IsFollower() => Assert.Equal(RaftRole.Follower, new TestNode(1, s_three).Core.Role);

    [Fact]
    public void Tick_NoLeaderForElectionTimeout_VotesForItselfAndAsksAll()
    {
        // §5.2: "increments its current term ... votes for itself and issues RequestVote RPCs in parallel to each of the other servers".
        var node = new TestNode(1, s_three);

        List<Message> sent = node.Tick(2 * node.Core.Config.ElectionTick);

        Assert.Equal((1ul, 1ul, RaftRole.Candidate), (node.Core.Term, node.Core.Vote, node.Core.Role));
        Assert.Equal([2ul, 3ul], sent.Where(message => message.Type == MessageType.Vote).Select(message => message.To));
        Assert.Equal(1ul, node.Memory.InitialState().HardState.Vote);
    }

    [Fact]
    public void Tick_Leader_SendsHeartbeatToAllEachInterval()
    {
        // §5.2: "Leaders send periodic heartbeats to all followers in order to maintain their authority".
        TestNode leader = TestNode.Leader();

        List<Message> sent = leader.Tick();

        Assert.Equal([2ul, 3ul], sent.Where(message => message.Type == MessageType.Heartbeat).Select(message => message.To));
    }

    [Theory]
    [InlineData(1, "", RaftRole.Leader)]
    [InlineData(3, "", RaftRole.Candidate)]
    [InlineData(3, "2y", RaftRole.Leader)]
    [InlineData(3, "2n", RaftRole.Candidate)]
    [InlineData(3, "2n 3n", RaftRole.Follower)]
    [InlineData(5, "2y", RaftRole.Candidate)]
    [InlineData(5, "2y 3y", RaftRole.Leader)]
    [InlineData(5, "2n 3n 4n", RaftRole.Follower)]
    [InlineData(5, "2y 3n 4n 5y", RaftRole.Leader)]
    [InlineData(5, "2y 2y 2y", RaftRole.Candidate)] // The same voter counts once.
    [InlineData(4, "2y", RaftRole.Candidate)]
    [InlineData(4, "2y 3y", RaftRole.Leader)]
    public void Votes_OfMajority_MakeALeader(int size, string votes, RaftRole expected)
    {
        // §5.2: "wins an election if it receives votes from a majority of the servers in the full cluster for the same term".
        var node = new TestNode(1, [.. Enumerable.Range(1, size).Select(id => (ulong)id)]);
        node.Raft.Campaign();
        node.Settle();

        foreach (string vote in votes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            node.Answer(new Message { Type = MessageType.VoteResp, From = (ulong)(vote[0] - '0'), To = 1, Term = 1, Reject = vote[1] == 'n' });

        Assert.Equal(expected, node.Core.Role);
    }

    [Theory]
    [InlineData(0ul, 2ul, true)]
    [InlineData(2ul, 2ul, true)]
    [InlineData(2ul, 3ul, false)]
    public void Vote_Requested_IsGivenFirstComeFirstServed(ulong votedFor, ulong candidate, bool isGranted)
    {
        // §5.2: "Each server will vote for at most one candidate in a given term, on a first-come-first-served basis".
        var node = new TestNode(1, s_three, hardState: new HardState(1, votedFor, 0));

        Message answer = Assert.Single(node.Answer(new Message { Type = MessageType.Vote, From = candidate, To = 1, Term = 1 }));

        Assert.Equal((MessageType.VoteResp, !isGranted), (answer.Type, answer.Reject));
    }

    [Theory]
    [InlineData(1ul)]
    [InlineData(2ul)]
    public void Candidate_HearsLeaderOfItsTermOrLater_FollowsIt(ulong term)
    {
        // §5.2: "if the leader's term is at least as large as the candidate's current term, then the candidate recognizes the leader".
        var node = new TestNode(1, s_three);
        node.Raft.Campaign();
        node.Settle();

        node.Answer(new Message { Type = MessageType.App, From = 2, To = 1, Term = term });

        Assert.Equal((RaftRole.Follower, term, 2ul), (node.Core.Role, node.Core.Term, node.Core.Lead));
    }

    [Fact]
    public void Candidate_NobodyWins_StartsANewElectionAfterItsTimeout()
    {
        // §5.2: "each candidate will time out and start a new election by incrementing its term".
        var node = new TestNode(1, s_three);
        node.Raft.Campaign();
        node.Settle();

        List<Message> sent = node.Tick(2 * node.Core.Config.ElectionTick);

        Assert.True(node.Core.Term >= 2);
        Assert.Contains(sent, message => message.Type == MessageType.Vote && message.Term == node.Core.Term);
    }

    [Fact]
    public void ElectionTimeout_Restarted_TakesEachValueOfItsRange()
    {
        // §5.2: "election timeouts are chosen randomly from a fixed interval"; here [ElectionTick, 2 * ElectionTick).
        var node = new TestNode(1, s_three);
        HashSet<int> seen = [];
        for (ulong term = 1; term <= 2000; term++)
        {
            node.Core.BecomeFollower(term, 0);
            seen.Add(node.Core.RandomizedElectionTimeout);
        }

        Assert.Equal(Enumerable.Range(10, 10), seen.Order());
    }

    [Fact]
    public void ElectionTimeout_MembersWithTheSameSeed_DifferAndRepeat()
    {
        static string Timeouts(ulong id)
        {
            var jitter = new ElectionJitter(seed: 42, id);
            return string.Join(' ', Enumerable.Range(0, 20).Select(_ => jitter.Next(10)));
        }

        Assert.Equal(Timeouts(1), Timeouts(1));
        Assert.NotEqual(Timeouts(1), Timeouts(2));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Vote_FromAMemberThatHearsNoLeader_IsIgnoredInALease(bool isOrdered)
    {
        // §6, thesis §4.2.3: a server that hears from a current leader ignores RequestVote, unless the leader ordered it (§3.10).
        var node = new TestNode(1, s_three, configure: config => config with { CheckQuorum = true });
        node.Answer(new Message { Type = MessageType.Heartbeat, From = 2, To = 1, Term = 1 });
        byte[] context = isOrdered ? "CampaignTransfer"u8.ToArray() : [];

        List<Message> answers = node.Answer(new Message { Type = MessageType.Vote, From = 3, To = 1, Term = 2, Context = context });

        Assert.Equal(isOrdered ? 2ul : 1ul, node.Core.Term);
        Assert.Equal(isOrdered, answers.Count == 1);
    }
}
