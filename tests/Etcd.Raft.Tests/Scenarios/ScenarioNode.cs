using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Scenarios;

/// <summary>A member of a scenario with its storage, its storage threads' work, and every snapshot it could make.</summary>
internal sealed class ScenarioNode
{
    public ScenarioNode(RaftConfig template, ulong id, Snapshot snapshot, ScenarioOutput output)
    {
        History = [snapshot];
        Storage = new ScenarioStorage(History);
        if (!snapshot.IsEmpty)
            Storage.Memory.ApplySnapshot(snapshot);
        Config = template with { Id = id, Storage = Storage, Logger = output };
        Raft = new RaftNode(Config);
    }

    public RaftConfig Config { get; private set; }

    public RaftNode Raft { get; private set; }

    public ScenarioStorage Storage { get; }

    public Queue<Message> AppendWork { get; } = [];

    public Queue<Message> ApplyWork { get; } = [];

    /// <summary>One snapshot per applied entry. The state machine's state is all payloads one after the other.</summary>
    public List<Snapshot> History { get; }

    public ulong Id => Config.Id;

    /// <summary>Stops and starts again from what was saved; unsaved work is lost.</summary>
    public void Restart()
    {
        AppendWork.Clear();
        ApplyWork.Clear();
        Config = Config with { Applied = History[^1].Metadata.Index };
        Raft = new RaftNode(Config);
    }

    public void Save(HardState hardState, ReadOnlySpan<Entry> entries, Snapshot? snapshot)
    {
        if (!hardState.IsEmpty)
            Storage.Memory.SetHardState(hardState);
        if (snapshot is not null)
        {
            Storage.Memory.ApplySnapshot(snapshot);
            History.Add(snapshot);
        }
        Storage.Memory.Append(entries);
    }

    public void Apply(ReadOnlySpan<Entry> entries)
    {
        foreach (Entry entry in entries)
        {
            ConfState confState = History[^1].Metadata.ConfState;
            ReadOnlyMemory<byte> update = entry.Data;
            if (entry.Type == EntryType.ConfChange)
            {
                ConfChange change = ConfChangeCodec.Read(entry.Data);
                (confState, update) = (Raft.ApplyConfChange(change), change.Context);
            }
            else if (entry.Type == EntryType.ConfChangeV2)
            {
                ConfChangeV2 change = ConfChangeV2Codec.Read(entry.Data);
                (confState, update) = (Raft.ApplyConfChange(change), change.Context);
            }
            byte[] state = [.. History[^1].Data.Span, .. update.Span];
            History.Add(new Snapshot(new SnapshotMetadata(confState, entry.Index, entry.Term), state));
        }
    }
}

/// <summary>Memory storage whose newest snapshot is always that of the last applied entry.</summary>
internal sealed class ScenarioStorage(List<Snapshot> history) : IRaftStorage
{
    public MemoryStorage Memory { get; } = new();

    public ulong LastIndex => Memory.LastIndex;

    public ulong FirstIndex => Memory.FirstIndex;

    public (HardState HardState, ConfState ConfState) InitialState() => (Memory.InitialState().HardState, history[^1].Metadata.ConfState);

    public RaftError? Entries(ulong lo, ulong hi, ulong maxBytes, out ReadOnlyMemory<Entry> entries) => Memory.Entries(lo, hi, maxBytes, out entries);

    public RaftError? Term(ulong index, out ulong term) => Memory.Term(index, out term);

    public RaftError? Snapshot(out Snapshot snapshot)
    {
        snapshot = history[^1];
        return null;
    }
}
