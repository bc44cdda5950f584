namespace Etcd.Foundation.Files;

/// <summary>Tells the disk errors apart that are answered differently.</summary>
public static class DiskErrors
{
    private const int NoSpace = 28, QuotaExceeded = 122; // ENOSPC, EDQUOT
    private const int WindowsDiskFull = unchecked((int)0x80070070); // ERROR_DISK_FULL

    /// <summary>The disk, or this user's share of it, is full: an operator can make room.</summary>
    public static bool IsNoSpace(Exception error) => error is IOException { HResult: NoSpace or QuotaExceeded or WindowsDiskFull };
}
