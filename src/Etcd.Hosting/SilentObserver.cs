using Etcd.Server;

namespace Etcd.Hosting;

internal sealed class SilentObserver : IMemberObserver
{
    public void WalSynced(TimeSpan elapsed) { }

    public void WalWritten(int bytes) { }

    public void LeaderChanged(ulong leaderId) { }

    public void Applied(int entries, TimeSpan elapsed) { }

    public void Committed(int operations, TimeSpan elapsed) { }

    public void OutOfSpace(IOException reason) { }
}
