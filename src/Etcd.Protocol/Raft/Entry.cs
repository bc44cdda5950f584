namespace Etcd.Protocol.Raft;

/// <summary>Kind of a log entry (raftpb.EntryType).</summary>
public enum EntryType
{
    Normal = 0,
    ConfChange = 1,
    ConfChangeV2 = 2,
}

/// <summary>One entry of the replicated log (raftpb.Entry).</summary>
/// <param name="Term">Term of the leader that created it; 0 in a proposal.</param>
/// <param name="Index">Position in the log, from 1; 0 in a proposal.</param>
/// <param name="Type">What <paramref name="Data"/> holds.</param>
/// <param name="Data">Payload; never changed after the entry was made, so it is shared freely. Empty for a new leader's no-op.</param>
public readonly record struct Entry(ulong Term, ulong Index, EntryType Type, ReadOnlyMemory<byte> Data);

/// <summary>What must survive a restart beside the log (raftpb.HardState).</summary>
public readonly record struct HardState(ulong Term, ulong Vote, ulong Commit)
{
    public bool IsEmpty => this == default;
}
