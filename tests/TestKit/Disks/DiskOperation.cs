namespace Etcd.TestKit.Disks;

/// <summary>One change that a program asks of a <see cref="CrashDisk"/>.</summary>
/// <param name="Ordinal">Counts the changes of that disk from 1.</param>
/// <param name="Path">File or directory; the source of a rename.</param>
/// <param name="Offset">Of a write; 0 otherwise.</param>
/// <param name="Bytes">Of a write, or the new length of a file; 0 otherwise.</param>
public readonly record struct DiskOperation(long Ordinal, DiskOperationKind Kind, string Path, long Offset, long Bytes);

public enum DiskOperationKind
{
    CreateFile,
    CreateDirectory,
    Delete,
    Rename,
    Write,
    SetLength,
    Preallocate,

    /// <summary>fsync or fdatasync of a file.</summary>
    Sync,
    SyncDirectory,
}

/// <summary>What goes wrong with one operation.</summary>
public enum DiskFault
{
    None,

    /// <summary>EIO. A write changes nothing; a sync leaves each un-synced sector on the disk or not, and forgets that it was
    /// un-synced, as Linux does: a second sync succeeds and proves nothing.</summary>
    Error,

    /// <summary>ENOSPC; half of a write is done.</summary>
    NoSpace,

    /// <summary>The power fails during the operation: it may have had any part of its effect, and nothing works afterwards.</summary>
    PowerCut,
}

/// <summary>What a power cut may do to a sector that was written and not synced.</summary>
[Flags]
public enum UnsyncedFates
{
    /// <summary>It is as it was at some earlier moment since the last sync.</summary>
    Dropped = 1,

    /// <summary>It is as last written.</summary>
    Kept = 2,

    /// <summary>It is noise, or half old and half new.</summary>
    Garbled = 4,

    All = Dropped | Kept | Garbled,
}

/// <summary>The power of a <see cref="CrashDisk"/> is off: the program that runs on it has died.</summary>
public sealed class PowerCutException() : IOException("the power is off");
