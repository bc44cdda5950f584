using Etcd.Protocol.Raft;
using Etcd.Raft;

namespace Etcd.Server.Loop;

/// <summary>Whom the member loop hands its work to. All are called on the member loop and must not block.</summary>
internal sealed record LoopOutputs
{
    /// <summary>Make these entries and this hard state durable (StorageAppend).</summary>
    public required Action<Message> Append { get; init; }

    /// <summary>Apply these committed entries (StorageApply).</summary>
    public required Action<Message> Apply { get; init; }

    /// <summary>Send to another member.</summary>
    public required Action<Message> SendToPeer { get; init; }

    /// <summary>Answer to a read index question.</summary>
    public required Action<ReadState> ReadIndexKnown { get; init; }
}
