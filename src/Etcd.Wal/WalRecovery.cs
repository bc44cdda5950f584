using Etcd.Protocol.Raft;

namespace Etcd.Wal;

/// <summary>What a log holds from a snapshot on.</summary>
/// <remarks>Entries may be uncommitted: only those up to <see cref="HardState.Commit"/> may be applied.</remarks>
public sealed record WalContents
{
    /// <summary>As given to <see cref="WriteAheadLog.Create"/>: normally a <see cref="MemberMetadata"/>.</summary>
    public required ReadOnlyMemory<byte> Metadata { get; init; }

    /// <summary>The last one; empty if there is none.</summary>
    public required HardState HardState { get; init; }

    /// <summary>Entries behind the start snapshot, index ascending by one, superseded ones left out. Their data are slices of larger
    /// read buffers (256 KiB at most, or one record).</summary>
    public required IReadOnlyList<Entry> Entries { get; init; }

    /// <summary>Not null if the last segment ends in a half-written record.</summary>
    public TornTail? Torn { get; init; }

    /// <summary>Names in the directory that are no segments, such as <c>….wal.broken</c>; etcd warns about each.</summary>
    public IReadOnlyList<string> IgnoredFiles { get; init; } = [];
}

/// <summary>Where a half-written record begins, i.e. where the good records end.</summary>
/// <param name="Path">The segment.</param>
/// <param name="Offset">Byte offset in it.</param>
/// <param name="Error">etcd's text: begins with <c>unexpected EOF</c>.</param>
public sealed record TornTail(string Path, long Offset, string Error);

/// <summary>A torn tail that was cut off.</summary>
/// <param name="Tail">What was torn.</param>
/// <param name="BrokenPath">The copy of the segment as it was found.</param>
/// <param name="BytesDropped">How much was cut off, preallocated zeros not counted.</param>
public sealed record WalRepair(TornTail Tail, string BrokenPath, long BytesDropped);

/// <summary>Bytes behind the end of the log that were zeroed: left by a write that was never acknowledged.</summary>
/// <param name="Path">The segment.</param>
/// <param name="Offset">End of the last record.</param>
/// <param name="Bytes">Distance from there to the last byte that was not zero.</param>
public sealed record DiscardedTail(string Path, long Offset, long Bytes);

/// <summary>A log opened for appending, and what was in it.</summary>
public sealed record WalRecovery(WriteAheadLog Log, WalContents Contents)
{
    public MemberMetadata Metadata => MemberMetadata.Read(Contents.Metadata.Span);

    public HardState HardState => Contents.HardState;

    public IReadOnlyList<Entry> Entries => Contents.Entries;

    /// <summary>Not null if a torn tail was repaired; etcd logs <c>repairing</c>, <c>repaired</c> and <c>repaired WAL</c>.</summary>
    public WalRepair? Repair { get; init; }

    /// <summary>Not null if garbage behind the end was zeroed. etcd does that silently.</summary>
    public DiscardedTail? Discarded { get; init; }
}
