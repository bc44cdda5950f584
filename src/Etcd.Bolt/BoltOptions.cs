namespace Etcd.Bolt;

/// <summary>How a database file is opened.</summary>
public sealed class BoltOptions
{
    /// <summary>Shared lock, no write transactions, the file is never changed.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Commits write but do not sync: for a file that is thrown away if the machine stops, e.g. one being compacted into.</summary>
    public bool NoSync { get; init; }

    /// <summary>The list of free pages is not stored but rebuilt at open, as etcd asks for on Linux.</summary>
    public bool NoFreelistSync { get; init; } = true;

    /// <summary>Address space reserved at open, in bytes. Costs no memory; a file that outgrows it is mapped anew.</summary>
    public long InitialMapBytes { get; init; } = 10L << 30;

    /// <summary>Page size of a newly created file, a power of two from 1 KiB to 64 KiB; 0 is the machine's own.
    /// An existing file keeps the size it was created with.</summary>
    public int PageSizeBytes { get; init; }

    /// <summary>How long to wait for another process to give up its lock; null waits without limit, as etcd does.</summary>
    public TimeSpan? LockTimeout { get; init; }

    /// <summary>Called after every refused attempt (every 50 ms) with the time waited so far.</summary>
    public Action<TimeSpan>? WaitingForLock { get; init; }

    internal void Validate()
    {
        bool isPageSizeAllowed = PageSizeBytes == 0
            || (int.IsPow2(PageSizeBytes) && PageSizeBytes is >= Format.PageFormat.MinPageSizeBytes and <= Format.PageFormat.MaxPageSizeBytes);
        if (!isPageSizeAllowed)
            throw new ArgumentException($"page size {PageSizeBytes} is not a power of two from 1024 to 65536", nameof(PageSizeBytes));
        ArgumentOutOfRangeException.ThrowIfNegative(InitialMapBytes);
    }
}
