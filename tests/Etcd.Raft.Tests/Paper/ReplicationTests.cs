using Etcd.Protocol.Raft;
using Etcd.Raft.Tests.Support;

namespace Etcd.Raft.Tests.Paper;

/// <summary>Paper §5.3: log replication.</summary>
public sealed class ReplicationTests
{
    private static readonly ulong[] s_three = [1, 2, 3];

    [Fact]
    public void Propose_Leader_AppendsAndSendsToAll()
    {
        // "The leader appends the command to its log as a new entry, then issues AppendEntries RPCs in parallel".
        TestNode leader = TestNode.Leader();
        Acknowledge(leader, 2, 1);
        Acknowledge(leader, 3, 1);

        leader.Propose("x");
        List<Message> sent = leader.Settle();

        Message[] appends = [.. sent.Where(message => message.Type == MessageType.App)];
        Assert.Equal([2ul, 3ul], appends.Select(message => message.To));
        Assert.All(appends, append => Assert.Equal((1ul, 1ul, 2ul), (append.Index, append.LogTerm, Assert.Single(append.Entries).Index)));
    }

    [Theory]
    [InlineData(3, "2", true)]
    [InlineData(3, "", false)]
    [InlineData(5, "2", false)]
    [InlineData(5, "2 3", true)]
    [InlineData(5, "2 2", false)]
    public void Entry_AcknowledgedByMajority_IsCommitted(int size, string acknowledging, bool isCommitted)
    {
        // "A log entry is committed once the leader that created the entry has replicated it on a majority of the servers".
        ulong[] voters = [.. Enumerable.Range(1, size).Select(id => (ulong)id)];
        var leader = new TestNode(1, voters);
        leader.Raft.Campaign();
        leader.Settle();
        foreach (ulong voter in voters.Skip(1))
            leader.Answer(new Message { Type = MessageType.VoteResp, From = voter, To = 1, Term = 1 });

        foreach (string id in acknowledging.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Acknowledge(leader, ulong.Parse(id), 1);

        Assert.Equal(isCommitted, leader.Core.Log.Committed == 1);
        Assert.Equal(isCommitted, leader.Applied.Count == 1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2")]
    [InlineData("1 2")]
    [InlineData("1")]
    public void Entry_Committed_CommitsAllBefore(string earlierTerms)
    {
        // "This also commits all preceding entries in the leader's log, including entries created by previous leaders".
        ulong[] terms = [.. earlierTerms.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ulong.Parse)];
        TestNode leader = TestNode.Leader(terms, new HardState(2, 0, 0));
        leader.Propose("x");
        leader.Settle();

        Acknowledge(leader, 2, (ulong)terms.Length + 2);

        Assert.Equal([.. terms, 3, 3], leader.Applied.Select(entry => entry.Term));
    }

    [Theory]
    [InlineData(0ul, 0)]
    [InlineData(1ul, 1)]
    [InlineData(2ul, 2)]
    [InlineData(9ul, 2)]
    public void Follower_LearnsCommitIndex_AppliesInOrderUpToWhatItHas(ulong leaderCommit, int applied)
    {
        // "Once a follower learns that a log entry is committed, it applies the entry to its local state machine (in log order)".
        var node = new TestNode(1, s_three);

        node.Answer(new Message { Type = MessageType.App, From = 2, To = 1, Term = 1, Entries = TestNode.Entries(1, 1), Commit = leaderCommit });

        Assert.Equal(Enumerable.Range(1, applied).Select(index => (ulong)index), node.Applied.Select(entry => entry.Index));
    }

    [Theory]
    [InlineData(0ul, 0ul, true)] // Before the first entry everybody agrees.
    [InlineData(1ul, 1ul, true)]
    [InlineData(2ul, 2ul, true)]
    [InlineData(1ul, 2ul, false)] // Other term.
    [InlineData(3ul, 3ul, false)] // Not there.
    public void Append_PreviousEntry_MustMatch(ulong logTerm, ulong index, bool isAccepted)
    {
        // "If the follower does not find an entry in its log with the same index and term, then it refuses the new entries".
        var node = new TestNode(1, s_three, [1, 2], new HardState(2, 0, 0));

        Message answer = Assert.Single(node.Answer(new Message { Type = MessageType.App, From = 2, To = 1, Term = 3, LogTerm = logTerm, Index = index }));

        Assert.Equal(!isAccepted, answer.Reject);
    }

    [Theory]
    [InlineData("1 2", 2ul, "3", "1 2 3")]
    [InlineData("1 2", 1ul, "3 4", "1 3 4")]
    [InlineData("1 2", 0ul, "1", "1 2")] // Agreeing entries, even fewer than are there, remove nothing.
    [InlineData("1 2", 0ul, "3", "3")]
    [InlineData("1 1 1", 1ul, "1", "1 1 1")]
    public void Append_Conflicting_ReplacesFromTheConflict(string own, ulong previousIndex, string sent, string expected)
    {
        // "delete any entries in the follower's log after that point, and send the follower all of the leader's entries after that point".
        ulong[] terms = [.. own.Split(' ').Select(ulong.Parse)];
        var node = new TestNode(1, s_three, terms, new HardState(2, 0, 0));
        Entry[] entries = [.. sent.Split(' ').Select((term, at) => new Entry(ulong.Parse(term), previousIndex + 1 + (ulong)at, EntryType.Normal, default))];

        node.Answer(new Message { Type = MessageType.App, From = 2, To = 1, Term = 5, LogTerm = previousIndex == 0 ? 0 : terms[previousIndex - 1], Index = previousIndex, Entries = entries });

        Assert.Equal(expected, node.LogTerms);
        node.Memory.Entries(1, node.LastIndex + 1, ulong.MaxValue, out ReadOnlyMemory<Entry> saved);
        Assert.Equal(expected, string.Join(' ', saved.ToArray().Select(entry => entry.Term)));
    }

    [Theory]
    [InlineData("1 1 1 4 4 5 5 6 6")]
    [InlineData("1 1 1 4")]
    [InlineData("1 1 1 4 4 5 5 6 6 6 6")]
    [InlineData("1 1 1 4 4 5 5 6 6 6 7 7")]
    [InlineData("1 1 1 4 4 4 4")]
    [InlineData("1 1 1 2 2 2 3 3 3 3 3")]
    public void Follower_OfFigure7_EndsWithTheLeadersLog(string followerTerms)
    {
        // Figure 7: whatever the follower lacks or has too much.
        ulong[] leaderTerms = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
        var leader = new TestNode(1, s_three, leaderTerms, new HardState(8, 0, 0));
        ulong[] terms = [.. followerTerms.Split(' ').Select(ulong.Parse)];
        var follower = new TestNode(2, s_three, terms, new HardState(terms[^1], 0, 0));
        leader.Raft.Campaign();
        List<Message> wire = leader.Settle();
        // The third member votes; it takes part in nothing else.
        wire.AddRange(leader.Answer(new Message { Type = MessageType.VoteResp, From = 3, To = 1, Term = 9 }));
        int rounds = 0;

        for (; wire.Count > 0 && rounds < 20; rounds++)
        {
            List<Message> answers = [.. wire.Where(message => message.To == 2).SelectMany(follower.Answer)];
            wire = [.. answers.SelectMany(leader.Answer)];
        }

        Assert.Equal("1 1 1 4 4 5 5 6 6 6 9", follower.LogTerms);
        Assert.Equal(11ul, leader.Core.Log.Committed);
        // With hints from both sides one rejection is enough here; one by one it would take up to eight.
        Assert.InRange(rounds, 1, 4);
    }

    [Fact]
    public void Commit_ByCounting_OnlyOfTheOwnTerm()
    {
        // §5.4.2, figure 8: "Raft never commits log entries from previous terms by counting replicas".
        TestNode leader = TestNode.Leader([1, 2], new HardState(2, 0, 0));

        Acknowledge(leader, 2, 2);
        Assert.Equal(0ul, leader.Core.Log.Committed);

        Acknowledge(leader, 2, 3);
        Assert.Equal(3ul, leader.Core.Log.Committed);
    }

    [Theory]
    [InlineData("1", 1ul, 1ul, true)] // The same.
    [InlineData("1", 1ul, 2ul, true)] // Longer.
    [InlineData("1 1", 1ul, 1ul, false)] // Shorter.
    [InlineData("1", 2ul, 1ul, true)] // Later term wins,
    [InlineData("1 1", 2ul, 1ul, true)] // even if shorter.
    [InlineData("2", 1ul, 1ul, false)]
    [InlineData("2", 1ul, 9ul, false)] // Earlier term loses, however long.
    public void Vote_ForALogThatIsNotUpToDate_IsDenied(string own, ulong candidateTerm, ulong candidateIndex, bool isGranted)
    {
        // §5.4.1: "the voter denies its vote if its own log is more up-to-date than that of the candidate".
        var node = new TestNode(1, s_three, [.. own.Split(' ').Select(ulong.Parse)], new HardState(2, 0, 0));

        Message answer = Assert.Single(node.Answer(new Message { Type = MessageType.Vote, From = 2, To = 1, Term = 3, LogTerm = candidateTerm, Index = candidateIndex }));

        Assert.Equal(!isGranted, answer.Reject);
    }

    private static void Acknowledge(TestNode leader, ulong from, ulong index) =>
        leader.Answer(new Message { Type = MessageType.AppResp, From = from, To = 1, Term = leader.Core.Term, Index = index });
}
