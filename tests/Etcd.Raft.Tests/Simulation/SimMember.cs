using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Simulation;

/// <summary>One member: a node that comes and goes, and a disk that stays.</summary>
internal sealed class SimMember(RaftConfig template, SimDisk disk, IReadOnlyList<Peer> bootstrap)
{
    private ulong _starts;

    public ulong Id => template.Id;

    public SimDisk Disk => disk;

    /// <summary>Null while it is down.</summary>
    public RaftNode? Raft { get; private set; }

    public bool IsUp => Raft is not null;

    public Queue<Message> AppendWork { get; } = [];

    public Queue<Message> ApplyWork { get; } = [];

    /// <summary>Reads that wait for an answer, with the highest commit index when they began.</summary>
    public Dictionary<ulong, ulong> Reads { get; } = [];

    public bool IsAsync => template.AsyncStorageWrites;

    public void Start()
    {
        Raft = new RaftNode(template with { Storage = disk, Applied = disk.RestartApplied, Seed = template.Seed + ++_starts });
        if (disk.IsBlank && bootstrap.Count > 0)
            Raft.Bootstrap(bootstrap);
    }

    public void Crash()
    {
        Raft = null;
        AppendWork.Clear();
        ApplyWork.Clear();
        Reads.Clear();
        disk.Crash();
    }

    public void Apply(ReadOnlySpan<Entry> entries, SafetyChecker checker)
    {
        foreach (ref readonly Entry entry in entries)
        {
            ConfState config = disk.Config;
            // A change that was applied before the restart is told to raft again, but not to the state machine.
            ConfState? changed = entry.Type switch
            {
                EntryType.ConfChange => Raft!.ApplyConfChange(ConfChangeCodec.Read(entry.Data)),
                EntryType.ConfChangeV2 => Raft!.ApplyConfChange(ConfChangeV2Codec.Read(entry.Data)),
                _ => null,
            };
            if (entry.Index <= disk.AppliedIndex)
                continue;
            disk.Apply(entry, changed ?? config);
            checker.Applied(this, entry, disk.Config);
        }
    }
}
