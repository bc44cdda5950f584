using Etcd.Protocol.Raft;
using Etcd.Raft;
using Etcd.Server.Loop;
using Etcd.Server.Reads;

namespace Etcd.Server.Tests.Loop;

/// <summary>The member loop with its log writer and apply loop played by hand; no tick ever comes.</summary>
public sealed class MemberLoopTests
{
    private const ulong Self = 1;

    private readonly Queue<Message> _appends = new();
    private readonly Queue<Message> _applies = new();
    private readonly RaftView _view = new(TimeProvider.System);
    private readonly MemberLoop _loop;

    public MemberLoopTests()
    {
        var storage = new MemoryStorage();
        var raft = new RaftNode(new RaftConfig { Id = Self, Storage = storage, AsyncStorageWrites = true, CheckQuorum = true, PreVote = true });
        Assert.Null(raft.Bootstrap([new Peer(Self, default)]));
        _view.SetVoters(Self, raft.Status().Config);
        var outputs = new LoopOutputs
        {
            Append = _appends.Enqueue,
            Apply = _applies.Enqueue,
            SendToPeer = static _ => { },
            ReadIndexKnown = static _ => { },
        };
        _loop = new MemberLoop(raft, storage, Self, outputs, _view, new ReadBarrier(static () => { }), proposalTicks: 70, static () => { });
    }

    // The first configuration is a committed entry that waits to be applied; raft ignores a campaign until it is.
    [Fact]
    public void Campaign_BeforeTheFirstConfigurationIsApplied_IsNotForgotten()
    {
        _loop.Events.Add(new LoopEvent.Campaign());
        _loop.Step();
        Assert.False(_view.IsLeader);
        DoAllStorageWork();
        Assert.True(_view.IsLeader);
        Assert.Equal(2UL, _view.Term); // One election, not one per step.
    }

    private void DoAllStorageWork()
    {
        while (_appends.Count + _applies.Count > 0)
        {
            if (_appends.TryDequeue(out Message? append))
                _loop.Events.Add(new LoopEvent.Appended(append));
            else if (_applies.TryDequeue(out Message? apply))
                Apply(apply);
            _loop.Step();
        }
    }

    private void Apply(Message apply)
    {
        foreach (Entry entry in apply.Entries)
        {
            if (entry.Type == EntryType.ConfChange)
                _loop.Events.Add(new LoopEvent.ConfChanged(ConfChangeCodec.Read(entry.Data)));
        }
        _loop.Events.Add(new LoopEvent.Applied(apply));
    }
}
