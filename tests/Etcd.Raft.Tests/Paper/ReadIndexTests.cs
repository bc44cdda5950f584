using Etcd.Protocol.Raft;
using Etcd.Raft.Tests.Support;

namespace Etcd.Raft.Tests.Paper;

/// <summary>Thesis §6.4: reads without log entries.</summary>
public sealed class ReadIndexTests
{
    [Fact]
    public void Read_LoneVoterAfterRestart_WaitsForItsFirstCommit()
    {
        // The commit index is not synced by itself. After a power cut it may be older than what was acknowledged.
        var node = new TestNode(1, [1], [1, 1, 1], new HardState(1, 1, 1));
        node.Raft.Campaign();
        while (node.Core.Role != RaftRole.Leader)
        {
            Ready ready = node.Raft.Ready();
            node.Memory.SetHardState(ready.HardState);
            node.Raft.Advance();
        }

        node.Raft.ReadIndex("r"u8.ToArray());
        node.Settle();

        Assert.Equal(4ul, Assert.Single(node.ReadStates).Index);
    }

    [Fact]
    public void Read_LeaderThatRemovedItself_AsksTheRemainingVoter()
    {
        // The only voter left is another member, which may have been elected meanwhile.
        var leader = new TestNode(1, [1, 2]);
        leader.Raft.Campaign();
        leader.Settle();
        leader.Answer(new Message { Type = MessageType.VoteResp, From = 2, To = 1, Term = 1 });
        leader.Answer(new Message { Type = MessageType.AppResp, From = 2, To = 1, Term = 1, Index = 1 });
        leader.Raft.ApplyConfChange(new ConfChange(0, ConfChangeType.RemoveNode, 1, default));
        leader.Settle();

        leader.Raft.ReadIndex("r"u8.ToArray());
        List<Message> sent = leader.Settle();

        Assert.Empty(leader.ReadStates);
        Message heartbeat = Assert.Single(sent, message => message.Type == MessageType.Heartbeat);
        leader.Answer(new Message { Type = MessageType.HeartbeatResp, From = 2, To = 1, Term = 1, Context = heartbeat.Context });
        Assert.Single(leader.ReadStates);
    }

    [Fact]
    public void Read_SameContextTwice_OldAnswersDoNotConfirmTheNewOne()
    {
        TestNode leader = TestNode.Leader();
        leader.Answer(new Message { Type = MessageType.AppResp, From = 2, To = 1, Term = 1, Index = 1 });
        leader.Raft.ReadIndex("again"u8.ToArray());
        Message first = leader.Settle().First(message => message.Type == MessageType.Heartbeat);
        leader.Answer(Respond(first, 2));
        Assert.Single(leader.ReadStates);

        leader.Raft.ReadIndex("again"u8.ToArray());
        leader.Settle();
        leader.Answer(Respond(first, 3));

        Assert.Single(leader.ReadStates);
    }

    [Fact]
    public void Read_ContextsNobodySent_ConfirmNothing()
    {
        TestNode leader = TestNode.Leader();
        leader.Answer(new Message { Type = MessageType.AppResp, From = 2, To = 1, Term = 1, Index = 1 });
        leader.Raft.ReadIndex("r"u8.ToArray());
        leader.Settle();

        foreach (byte[] context in (byte[][])[[], [1], [255, 255, 255, 255, 255, 255, 255, 255], [1, 0, 0, 0, 0, 0, 0, 0, 0]])
            leader.Answer(new Message { Type = MessageType.HeartbeatResp, From = 2, To = 1, Term = 1, Context = context });

        Assert.Empty(leader.ReadStates);
    }

    [Fact]
    public void Read_OneAnswer_ConfirmsAllReadsBeforeIt()
    {
        TestNode leader = TestNode.Leader();
        leader.Answer(new Message { Type = MessageType.AppResp, From = 2, To = 1, Term = 1, Index = 1 });
        for (byte i = 0; i < 5; i++)
            leader.Raft.ReadIndex(new[] { i });
        Message last = leader.Settle().Last(message => message.Type == MessageType.Heartbeat);

        leader.Answer(Respond(last, 2));

        Assert.Equal([0, 1, 2, 3, 4], leader.ReadStates.Select(state => (int)state.Context.Span[0]));
    }

    private static Message Respond(Message heartbeat, ulong from) =>
        new() { Type = MessageType.HeartbeatResp, From = from, To = 1, Term = heartbeat.Term, Context = heartbeat.Context };
}
