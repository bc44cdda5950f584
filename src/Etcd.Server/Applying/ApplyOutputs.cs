using Etcd.Protocol.Raft;
using Etcd.Store.Apply;

namespace Etcd.Server.Applying;

/// <summary>Whom the apply loop tells what. All are called on the apply thread and must not block.</summary>
internal sealed record ApplyOutputs
{
    /// <summary>Raft may go on: this StorageApply message is done.</summary>
    public required Action<Message> BatchApplied { get; init; }

    /// <summary>How many entries were applied and published, and how long it took.</summary>
    public required Action<int, TimeSpan> BatchTook { get; init; }

    /// <summary>Raft's configuration changes; comes before the <see cref="BatchApplied"/> of its batch.</summary>
    public required Action<ConfChange> ConfChanged { get; init; }

    /// <summary>Everything up to this index is applied and visible.</summary>
    public required Action<ulong> AppliedUpTo { get; init; }

    /// <summary>The empty entry of a new leader of this term is applied.</summary>
    public required Action<ulong> LeaderEntryApplied { get; init; }

    /// <summary>Something beside the key space changed; true if the entry was only replayed into the v2 store.</summary>
    public required Action<ApplyEffects, bool> Effects { get; init; }
}
