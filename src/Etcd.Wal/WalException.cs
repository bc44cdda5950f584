namespace Etcd.Wal;

/// <summary>Why a log cannot be opened or created although no byte in it is damaged.</summary>
public enum WalError
{
    /// <summary>The directory already holds a log.</summary>
    AlreadyExists,

    /// <summary>No segment, or none that begins at or before the wanted index.</summary>
    FileNotFound,

    /// <summary>A segment between two others is missing.</summary>
    SequenceGap,

    /// <summary>No record of the snapshot to start from.</summary>
    SnapshotNotFound,

    /// <summary>Another process, perhaps a Go etcd, has the log open for writing.</summary>
    Locked,
}

/// <summary>A log cannot be opened or created; the message begins with etcd's own text.</summary>
public sealed class WalException(WalError error, string message) : IOException(message)
{
    public WalError Error { get; } = error;
}

/// <summary>A write or sync of the log failed; nothing that came after it was saved and nothing ever will be by this
/// <see cref="WriteAheadLog"/>. What an earlier call returned for is on disk.</summary>
/// <param name="message">Which file and what failed.</param>
/// <param name="isNoSpace">True if the disk is full: stop the member, make room, start again.</param>
/// <param name="cause">What the disk said.</param>
public sealed class WalFailedException(string message, bool isNoSpace, Exception cause) : IOException(message, cause)
{
    public bool IsNoSpace { get; } = isNoSpace;
}
