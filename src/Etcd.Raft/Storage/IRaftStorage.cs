using Etcd.Protocol.Raft;

namespace Etcd.Raft;

/// <summary>The stable log as raft reads it. Called only on the thread that drives the node.</summary>
/// <remarks>Refusals are <see cref="RaftError"/> values; an exception stops the node.</remarks>
public interface IRaftStorage
{
    /// <summary>State saved before the last restart.</summary>
    (HardState HardState, ConfState ConfState) InitialState();

    /// <summary>Entries [<paramref name="lo"/>, <paramref name="hi"/>), at least one, then as many as <paramref name="maxBytes"/> allows.</summary>
    /// <param name="maxBytes">Limit of the encoded entries, see <see cref="EntrySize"/>.</param>
    /// <param name="entries">Shared memory that never changes; empty after a refusal.</param>
    /// <returns><see cref="RaftError.Compacted"/> or <see cref="RaftError.Unavailable"/>; null if all is well.</returns>
    RaftError? Entries(ulong lo, ulong hi, ulong maxBytes, out ReadOnlyMemory<Entry> entries);

    /// <summary>Term of the entry at <paramref name="index"/>, which is in [FirstIndex - 1, LastIndex].</summary>
    /// <returns><see cref="RaftError.Compacted"/> or <see cref="RaftError.Unavailable"/>; null if all is well.</returns>
    RaftError? Term(ulong index, out ulong term);

    /// <summary>Index of the last entry, or of the snapshot if there is none.</summary>
    ulong LastIndex { get; }

    /// <summary>Index of the first entry that is still there; one more than the snapshot's index.</summary>
    ulong FirstIndex { get; }

    /// <summary>The newest snapshot, for a follower that lags behind <see cref="FirstIndex"/>.</summary>
    /// <returns><see cref="RaftError.SnapshotTemporarilyUnavailable"/> if raft shall ask again later; null if all is well.</returns>
    RaftError? Snapshot(out Snapshot snapshot);
}
