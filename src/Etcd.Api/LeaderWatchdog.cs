using Etcd.Grpc.Server;
using Etcd.Protocol.Errors;
using Etcd.Server;

namespace Etcd.Api;

/// <summary>Ends the streams whose clients want a leader (metadata <c>hasleader</c>) when there has been none for a while, so
/// that they try another member.</summary>
public sealed class LeaderWatchdog(IMember member, Func<IEnumerable<ServerCall>> streams, TimeSpan electionTimeout, TimeProvider clock)
{
    /// <summary>One missed election timeout is ordinary: leaders change.</summary>
    private const int PatienceTicks = 3;

    private int _ticksWithoutLeader;

    /// <summary>Watches until canceled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var ticks = new PeriodicTimer(electionTimeout, clock);
        while (await ticks.WaitForNextTickAsync(cancellationToken))
            Tick();
    }

    /// <summary>One election timeout has passed.</summary>
    internal void Tick()
    {
        _ticksWithoutLeader = member.LeaderId == 0 ? _ticksWithoutLeader + 1 : 0;
        if (_ticksWithoutLeader < PatienceTicks)
            return;
        foreach (ServerCall stream in streams().Where(static stream => stream.RequiresLeader))
            stream.Abort(EtcdError.NoLeader);
    }
}
