namespace Etcd.Client;

/// <summary>What a watch wants to hear.</summary>
public sealed record WatchOptions
{
    public static WatchOptions Default { get; } = new();

    /// <summary>First revision to report; 0: what happens from now on.</summary>
    public long StartRevision { get; init; }

    /// <summary>Report the pair as it was before each event.</summary>
    public bool PreviousKeyValue { get; init; }

    /// <summary>Report the revision up to which nothing is missing, from time to time while there are no events.</summary>
    public bool ProgressNotify { get; init; }

    /// <summary>Leave out puts.</summary>
    public bool NoPut { get; init; }

    /// <summary>Leave out deletes.</summary>
    public bool NoDelete { get; init; }

    /// <summary>Let the server cut large responses; they are put together again here, so only the size on the wire changes.</summary>
    public bool Fragment { get; init; }
}
