using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Raft.Tests.Support;

namespace Etcd.Raft.Tests.Node;

public sealed class RaftNodeTests
{
    [Fact]
    public void Bootstrap_Peers_AreCommittedEntriesOfTermOne()
    {
        var node = new TestNode(1, []);

        Assert.Null(node.Raft.Bootstrap([new Peer(1, "one"u8.ToArray()), new Peer(2, default)]));
        node.Settle();

        Assert.Equal([(1ul, 1ul), (1ul, 2ul)], node.Applied.Select(entry => (entry.Term, entry.Index)));
        ConfChange change = ConfChangeCodec.Read(node.Applied[0].Data);
        Assert.Equal((ConfChangeType.AddNode, 1ul, "one"), (change.Type, change.NodeId, System.Text.Encoding.UTF8.GetString(change.Context.Span)));
        Assert.Equal(new HardState(1, 0, 2), node.Memory.InitialState().HardState);
        // The first real term is 2.
        node.Raft.Campaign();
        Assert.Equal(2ul, node.Core.Term);
    }

    [Fact]
    public void Bootstrap_NonEmptyStorageOrNoPeers_IsRefused()
    {
        Assert.Equal("can't bootstrap a nonempty Storage", new TestNode(1, [], [1]).Raft.Bootstrap([new Peer(1, default)])!.Message);
        Assert.Equal("must provide at least one peer to Bootstrap", new TestNode(1, []).Raft.Bootstrap([])!.Message);
    }

    [Fact]
    public void Propose_EmptyBatch_DoesNothing()
    {
        TestNode leader = TestNode.Leader();

        Assert.Null(leader.Raft.Propose([]));

        Assert.False(leader.Raft.HasReady);
    }

    [Fact]
    public void Propose_Batch_IsAllOrNothing()
    {
        TestNode leader = TestNode.Leader(configure: config => config with { MaxUncommittedEntriesSize = 5 });
        leader.Propose("1234");
        ulong before = leader.Core.Log.LastIndex;

        Assert.Equal(RaftError.ProposalDropped, leader.Raft.Propose([new byte[1], new byte[2]]));

        Assert.Equal(before, leader.Core.Log.LastIndex);
    }

    [Fact]
    public void Propose_LargeBatches_AllocateNoObjectPerEntry()
    {
        // The entries themselves, 40 bytes each, are kept in arrays: the proposal, the unstable log, the storage.
        const int BatchSize = 1000;
        const int Batches = 40;
        var node = new TestNode(1, [1]);
        node.Raft.Campaign();
        node.Settle();
        var batch = new ReadOnlyMemory<byte>[BatchSize];
        Array.Fill(batch, new byte[100]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Batches; i++)
        {
            node.Raft.Propose(batch);
            while (node.Raft.HasReady)
            {
                node.Memory.Append(node.Raft.Ready().Entries.Span);
                node.Raft.Advance();
            }
            node.Memory.Compact(node.Core.Log.Applied);
        }
        long bytesPerEntry = (GC.GetAllocatedBytesForCurrentThread() - before) / (Batches * BatchSize);

        Assert.InRange(bytesPerEntry, 0, 260);
    }

    [Theory]
    [InlineData(MessageType.Hup)]
    [InlineData(MessageType.Beat)]
    [InlineData(MessageType.Unreachable)]
    [InlineData(MessageType.SnapStatus)]
    [InlineData(MessageType.CheckQuorum)]
    [InlineData(MessageType.StorageAppend)]
    [InlineData(MessageType.StorageAppendResp)]
    [InlineData(MessageType.StorageApply)]
    [InlineData(MessageType.StorageApplyResp)]
    public void Step_LocalMessageFromTheNetwork_IsRefused(MessageType type) =>
        Assert.Equal(RaftError.StepLocalMessage, TestNode.Leader().Raft.Step(new Message { Type = type, From = 2, To = 1, Term = 1 }));

    [Theory]
    [InlineData(MessageType.AppResp)]
    [InlineData(MessageType.HeartbeatResp)]
    [InlineData(MessageType.VoteResp)]
    [InlineData(MessageType.PreVoteResp)]
    [InlineData(MessageType.ReadIndexResp)]
    public void Step_ResponseOfAStranger_IsRefused(MessageType type) =>
        Assert.Equal(RaftError.StepPeerNotFound, TestNode.Leader().Raft.Step(new Message { Type = type, From = 9, To = 1, Term = 1 }));

    [Theory]
    [InlineData(MessageType.App)]
    [InlineData(MessageType.Vote)]
    [InlineData(MessageType.PreVote)]
    [InlineData(MessageType.Snap)]
    [InlineData(MessageType.Heartbeat)]
    [InlineData(MessageType.TimeoutNow)]
    [InlineData(MessageType.VoteResp)]
    public void Step_MessageWithoutTerm_IsRefused(MessageType type)
    {
        var node = new TestNode(1, [1, 2, 3], [1], new HardState(3, 0, 0));

        Assert.Equal(RaftError.StepWithoutTerm, node.Raft.Step(new Message { Type = type, From = 2, To = 1 }));

        Assert.Equal(3ul, node.Core.Term);
    }

    [Fact]
    public void Step_AnyMessageFromAPeer_NeverBreaksAMemberThatKeptItsLog()
    {
        // Whatever fields a peer sends, only a commit index past the log may stop the member: then the log was lost.
        for (int seed = 1; seed <= 3000; seed++)
        {
            var random = new Random(seed);
            TestNode node = random.Next(2) == 0 ? TestNode.Leader() : new TestNode(1, [1, 2, 3], [1, 2, 2], new HardState(2, 0, 1));
            for (int i = 0; i < 5; i++)
            {
                Message message = RandomMessage(random);
                try
                {
                    node.Raft.Step(message);
                    node.Settle();
                }
                catch (InvariantException lost) when (lost.Message.StartsWith("tocommit(", StringComparison.Ordinal) && message.Type == MessageType.Heartbeat)
                {
                    break;
                }
                catch (Exception error)
                {
                    Assert.Fail($"seed {seed}: {message}: {error}");
                }
            }
        }
    }

    [Fact]
    public void Step_AppendWithAGapOrFallingTerms_IsIgnored()
    {
        foreach (Entry[] entries in (Entry[][])[[At(1, 3)], [At(1, 2), At(1, 4)], [At(2, 2), At(1, 3)], [At(9, 2)]])
        {
            var node = new TestNode(1, [1, 2, 3], [1], new HardState(1, 0, 0));

            Assert.Empty(node.Answer(new Message { Type = MessageType.App, From = 2, To = 1, Term = 3, LogTerm = 1, Index = 1, Entries = entries }));

            Assert.Equal("1", node.LogTerms);
        }

        static Entry At(ulong term, ulong index) => new(term, index, EntryType.Normal, default);
    }

    [Fact]
    public void Step_ForwardedConfChangeThatCannotBeRead_IsDropped()
    {
        TestNode leader = TestNode.Leader();

        Assert.Equal(RaftError.ProposalDropped, leader.Raft.Step(new Message { Type = MessageType.Prop, From = 2, To = 1, Entries = [new Entry(0, 0, EntryType.ConfChange, new byte[] { 0xFF })] }));
        Assert.Equal(RaftError.ProposalDropped, leader.Raft.Step(new Message { Type = MessageType.Prop, From = 2, To = 1 }));
        Assert.Equal(1ul, leader.Core.Log.LastIndex);
    }

    [Fact]
    public void Ready_Lists_DoNotChangeAfterwards()
    {
        TestNode leader = TestNode.Leader();
        leader.Answer(new Message { Type = MessageType.AppResp, From = 2, To = 1, Term = 1, Index = 1 });
        leader.Propose("a");
        Ready ready = leader.Raft.Ready();
        (int messages, int reads, int entries) = (ready.Messages.Count, ready.ReadStates.Count, ready.Entries.Length);

        leader.Raft.Step(new Message { Type = MessageType.Heartbeat, From = 2, To = 1, Term = 2 });
        leader.Raft.ReadIndex(new byte[1]);

        Assert.Equal((messages, reads, entries), (ready.Messages.Count, ready.ReadStates.Count, ready.Entries.Length));
    }

    [Fact]
    public void Ready_TwiceWithoutAdvance_StopsMember()
    {
        TestNode leader = TestNode.Leader();
        leader.Propose("a");
        leader.Raft.Ready();
        leader.Propose("b");

        Assert.Throws<InvariantException>(() => leader.Raft.Ready());
    }

    [Fact]
    public void Advance_WithAsyncWrites_StopsMember() =>
        Assert.Throws<InvariantException>(() => new TestNode(1, [1], configure: config => config with { AsyncStorageWrites = true }).Raft.Advance());

    [Theory]
    [InlineData("cannot use none as id")]
    [InlineData("cannot use local target as id")]
    [InlineData("heartbeat tick must be greater than 0")]
    [InlineData("election tick must be greater than heartbeat tick")]
    [InlineData("max inflight messages must be greater than 0")]
    [InlineData("max inflight bytes must be >= max message size")]
    [InlineData("CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased")]
    public void Config_OutOfRange_IsRefusedWithEtcdsText(string expected)
    {
        var config = new RaftConfig { Id = 1, Storage = new MemoryStorage() };
        config = expected[..12] switch
        {
            "cannot use n" => config with { Id = 0 },
            "cannot use l" => config with { Id = RaftIds.ApplyThread },
            "heartbeat ti" => config with { HeartbeatTick = 0 },
            "election tic" => config with { ElectionTick = 1 },
            "CheckQuorum " => config with { ReadOnlyOption = ReadOnlyOption.LeaseBased },
            _ => expected.Contains("messages", StringComparison.Ordinal) ? config with { MaxInflightMsgs = 0 } : config with { MaxInflightBytes = 5 },
        };

        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => new RaftNode(config)).Message);
    }

    [Fact]
    public void Restart_HardStateOutsideTheLog_StopsMember() =>
        Assert.Throws<InvariantException>(() => new TestNode(1, [1], [1, 1], new HardState(1, 0, 3)));

    [Fact]
    public void Restart_Applied_IsNotHandedOutAgain()
    {
        var node = new TestNode(1, [1], [1, 1, 1], new HardState(1, 1, 3), config => config with { Applied = 2 });

        node.Settle();

        Assert.Equal([3ul], node.Applied.Select(entry => entry.Index));
    }

    [Fact]
    public void Status_Leader_ShowsItsFollowers()
    {
        TestNode leader = TestNode.Leader();
        leader.Answer(new Message { Type = MessageType.AppResp, From = 2, To = 1, Term = 1, Index = 1 });

        RaftStatus status = leader.Raft.Status();

        Assert.Equal((1ul, new SoftState(1, RaftRole.Leader), new HardState(1, 1, 1)), (status.Basic.Id, status.Basic.SoftState, status.Basic.HardState));
        Assert.Equal([1ul, 2, 3], status.Config.Voters);
        Assert.Equal([(1ul, 1ul, ProgressState.Replicate), (2ul, 1ul, ProgressState.Replicate), (3ul, 0ul, ProgressState.Probe)], status.Progress.Select(member => (member.Id, member.MatchIndex, member.State)));
        Assert.Empty(new TestNode(1, [1, 2]).Raft.Status().Progress);
    }

    [Fact]
    public void Snapshot_WhileEntriesAreBeingApplied_WaitsForThem()
    {
        // Its configuration would be in force at once, and the change among those entries would be made to the wrong one.
        var node = new TestNode(1, [1, 2, 3], [1], new HardState(1, 0, 1), config => config with { AsyncStorageWrites = true });
        Message apply = node.Raft.Ready().Messages.Single(message => message.To == RaftIds.ApplyThread);
        var config = new ConfState { Voters = [1, 2] };

        node.Raft.Step(new Message { Type = MessageType.Snap, From = 2, To = 1, Term = 1, Snapshot = new Snapshot(new SnapshotMetadata(config, 9, 1), default) });
        Assert.Equal([1ul, 2, 3], node.Raft.Status().Config.Voters);

        node.Raft.Step(Assert.Single(apply.Responses));
        Assert.Equal([1ul, 2], node.Raft.Status().Config.Voters);
        Assert.Equal(9ul, node.Core.Log.Committed);
    }

    [Fact]
    public void Logger_LevelOff_GetsNoLines()
    {
        var logger = new QuietLogger();
        var node = new TestNode(1, [1], configure: config => config with { Logger = logger });

        node.Raft.Campaign();
        node.Settle();

        Assert.True(logger.Asked > 0);
    }

    private static Message RandomMessage(Random random)
    {
        MessageType[] types = [MessageType.Prop, MessageType.App, MessageType.AppResp, MessageType.Vote, MessageType.VoteResp, MessageType.Snap, MessageType.Heartbeat, MessageType.HeartbeatResp, MessageType.TransferLeader, MessageType.TimeoutNow, MessageType.ReadIndex, MessageType.ReadIndexResp, MessageType.PreVote, MessageType.PreVoteResp, MessageType.ForgetLeader, (MessageType)99];
        return new Message
        {
            Type = types[random.Next(types.Length)],
            From = (ulong)random.Next(5),
            To = 1,
            Term = (ulong)random.Next(6),
            LogTerm = Number(random),
            Index = Number(random),
            Commit = Number(random),
            Reject = random.Next(2) == 0,
            RejectHint = Number(random),
            Entries = [.. Enumerable.Range(0, random.Next(3)).Select(_ => new Entry(Number(random), Number(random), (EntryType)random.Next(3), new byte[random.Next(3)]))],
            Context = new byte[random.Next(10)],
            Snapshot = random.Next(2) == 0 ? null : new Snapshot(new SnapshotMetadata(new ConfState { Voters = [1, (ulong)random.Next(4)] }, (ulong)random.Next(9), (ulong)random.Next(4)), default),
        };

        static ulong Number(Random random) => random.Next(10) == 0 ? ulong.MaxValue - (ulong)random.Next(2) : (ulong)random.Next(6);
    }

    private sealed class QuietLogger : IRaftLogger
    {
        public int Asked { get; private set; }

        public bool IsEnabled(RaftLogLevel level)
        {
            Asked++;
            return false;
        }

        public void Write(RaftLogLevel level, string line) => Assert.Fail("a line of a level that is off was written: " + line);
    }
}
