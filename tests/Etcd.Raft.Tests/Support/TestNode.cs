using System.Text;
using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Support;

/// <summary>A node over memory storage, whose Readys are handled at once.</summary>
internal sealed class TestNode : IRaftStorage
{
    private readonly ConfState _confState;

    /// <param name="logTerms">Terms of the saved entries 1, 2, 3, ...</param>
    public TestNode(ulong id, ulong[] voters, ulong[]? logTerms = null, HardState hardState = default, Func<RaftConfig, RaftConfig>? configure = null)
    {
        _confState = new ConfState { Voters = voters };
        Memory.Append(Entries(logTerms ?? []));
        Memory.SetHardState(hardState);
        var config = new RaftConfig { Id = id, Storage = this, ElectionTick = 10, HeartbeatTick = 1, MaxSizePerMsg = ulong.MaxValue };
        Raft = new RaftNode(configure?.Invoke(config) ?? config);
    }

    public MemoryStorage Memory { get; } = new();

    public RaftNode Raft { get; }

    public RaftCore Core => Raft.Core;

    /// <summary>Everything that was handed out to be applied.</summary>
    public List<Entry> Applied { get; } = [];

    public List<ReadState> ReadStates { get; } = [];

    public ulong FirstIndex => Memory.FirstIndex;

    public ulong LastIndex => Memory.LastIndex;

    public string LogTerms => string.Join(' ', Enumerable.Range(1, (int)Core.Log.LastIndex).Select(index => Core.Log.TermOrZero((ulong)index)));

    public static Entry[] Entries(params ulong[] terms) =>
        [.. terms.Select((term, at) => new Entry(term, (ulong)at + 1, EntryType.Normal, Encoding.ASCII.GetBytes($"{term}/{at + 1}")))];

    /// <summary>A member of three that was elected by 2.</summary>
    public static TestNode Leader(ulong[]? logTerms = null, HardState hardState = default, Func<RaftConfig, RaftConfig>? configure = null)
    {
        var node = new TestNode(1, [1, 2, 3], logTerms, hardState, configure);
        node.Raft.Campaign();
        node.Settle();
        node.Raft.Step(new Message { Type = MessageType.VoteResp, From = 2, To = 1, Term = node.Core.Term });
        node.Settle();
        return node;
    }

    /// <summary>Handles Readys until there are none and returns the messages to others.</summary>
    public List<Message> Settle()
    {
        List<Message> sent = [];
        while (Raft.HasReady)
        {
            Ready ready = Raft.Ready();
            if (ready.Snapshot is not null)
                Memory.ApplySnapshot(ready.Snapshot);
            if (!ready.HardState.IsEmpty)
                Memory.SetHardState(ready.HardState);
            Memory.Append(ready.Entries.Span);
            Applied.AddRange(ready.CommittedEntries.Span);
            ReadStates.AddRange(ready.ReadStates);
            sent.AddRange(ready.Messages);
            Raft.Advance();
        }
        return sent;
    }

    /// <summary>Steps a message and returns the answers.</summary>
    public List<Message> Answer(Message message)
    {
        Raft.Step(message);
        return Settle();
    }

    public List<Message> Tick(int ticks = 1)
    {
        for (int i = 0; i < ticks; i++)
            Raft.Tick();
        return Settle();
    }

    public RaftError? Propose(string data) => Raft.Propose(Encoding.ASCII.GetBytes(data));

    public (HardState HardState, ConfState ConfState) InitialState() => (Memory.InitialState().HardState, _confState);

    RaftError? IRaftStorage.Entries(ulong lo, ulong hi, ulong maxBytes, out ReadOnlyMemory<Entry> entries) => Memory.Entries(lo, hi, maxBytes, out entries);

    public RaftError? Term(ulong index, out ulong term) => Memory.Term(index, out term);

    public RaftError? Snapshot(out Snapshot snapshot) => Memory.Snapshot(out snapshot);
}
