using Etcd.Store.Backend;

namespace Etcd.Server;

/// <summary>Sees what a member does, for metrics. Called on the member's own threads; must be quick.</summary>
public interface IMemberObserver : ICommitObserver
{
    /// <param name="elapsed">Time of one fdatasync of the write-ahead log.</param>
    void WalSynced(TimeSpan elapsed);

    /// <param name="bytes">Size of one write to the write-ahead log.</param>
    void WalWritten(int bytes);

    /// <param name="leaderId">The leader from now on; 0 if there is none.</param>
    void LeaderChanged(ulong leaderId);

    /// <param name="elapsed">Time to apply one batch of committed entries.</param>
    /// <param name="entries">How many.</param>
    void Applied(int entries, TimeSpan elapsed);
}
