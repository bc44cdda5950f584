namespace Etcd.Raft;

/// <summary>Ids that never name a member.</summary>
public static class RaftIds
{
    /// <summary>Nobody: no leader, no vote.</summary>
    public const ulong None = 0;

    /// <summary>Target of StorageAppend messages: whoever saves entries, hard state and snapshots.</summary>
    public const ulong AppendThread = ulong.MaxValue;

    /// <summary>Target of StorageApply messages: whoever applies committed entries.</summary>
    public const ulong ApplyThread = ulong.MaxValue - 1;

    internal static bool IsLocalThread(ulong id) => id is AppendThread or ApplyThread;
}
