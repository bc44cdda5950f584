using Etcd.Protocol.Raft;

namespace Etcd.Server.Loop;

/// <summary>What the member loop is told by others, beside proposals.</summary>
internal abstract record LoopEvent
{
    /// <summary>One heartbeat interval passed.</summary>
    public sealed record Tick : LoopEvent
    {
        public static Tick Instance { get; } = new();
    }

    /// <summary>Become leader as soon as the rules allow, without waiting for a timeout.</summary>
    public sealed record Campaign : LoopEvent;

    /// <summary>A message of another member.</summary>
    public sealed record Received(Message Message) : LoopEvent;

    /// <summary>The log writer made this StorageAppend message durable.</summary>
    public sealed record Appended(Message Message) : LoopEvent;

    /// <summary>The apply loop applied this StorageApply message.</summary>
    public sealed record Applied(Message Message) : LoopEvent;

    /// <summary>The apply loop accepted a membership change; sent before the <see cref="Applied"/> of its entry.</summary>
    public sealed record ConfChanged(ConfChange Change) : LoopEvent;

    /// <summary>A client asks for a membership change.</summary>
    public sealed record ProposeConfChange(ConfChange Change) : LoopEvent;

    /// <summary>Readers gathered in the read barrier.</summary>
    public sealed record ReadersWait : LoopEvent
    {
        public static ReadersWait Instance { get; } = new();
    }

    /// <summary>The empty entry of a leader of this term is applied.</summary>
    public sealed record LeaderEntryApplied(ulong Term) : LoopEvent;

    /// <summary>A snapshot on disk covers the log up to its index; entries up to <paramref name="CompactTo"/> may leave memory.</summary>
    public sealed record SnapshotSaved(SnapshotMetadata Position, ReadOnlyMemory<byte> Data, ulong CompactTo) : LoopEvent;

    /// <summary>Hand leadership to another member.</summary>
    public sealed record TransferLeader(ulong Target) : LoopEvent;
}
