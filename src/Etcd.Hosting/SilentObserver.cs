using Etcd.Server;
using Etcd.Store.Backend;

namespace Etcd.Hosting;

internal sealed class SilentObserver : IMemberObserver
{
    public void WalSynced(TimeSpan elapsed) { }

    public void WalWritten(int bytes) { }

    public void LeaderChanged(ulong leaderId) { }

    public void Applied(int entries, TimeSpan elapsed) { }

    public void Committed(in CommitReport report) { }

    public void OutOfSpace(IOException reason) { }

    public void Failed(Exception reason) { }
}
