using Etcd.Store.Backend;

namespace Etcd.Server.Storage;

/// <summary>Passes what the backend reports to the observer, and a commit that failed for good to the member, which must stop.</summary>
internal sealed class CommitRelay(ICommitObserver observer) : ICommitObserver
{
    private volatile Action<Exception>? _stop;

    /// <summary>What to do about a failed commit; set once the member runs.</summary>
    public void OnFailure(Action<Exception> stop) => _stop = stop;

    public void Committed(in CommitReport report) => observer.Committed(report);

    public void OutOfSpace(IOException reason) => observer.OutOfSpace(reason);

    public void Failed(Exception reason)
    {
        observer.Failed(reason);
        _stop?.Invoke(reason);
    }
}
