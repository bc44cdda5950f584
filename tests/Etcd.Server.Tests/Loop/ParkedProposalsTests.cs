using Etcd.Server.Loop;

namespace Etcd.Server.Tests.Loop;

public sealed class ParkedProposalsTests
{
    [Fact]
    public void TakeBefore_ParkedAndNewer_KeepsTheOrder()
    {
        var parked = new ParkedProposals(ticksToKeep: 3);
        parked.Add([Data(1), Data(2)]);
        parked.Add([Data(3)]);
        Assert.Equal([1, 2, 3, 4], parked.TakeBefore([Data(4)]).Select(static d => d.Span[0]));
        Assert.Equal(0, parked.Count);
    }

    [Fact]
    public void Tick_LongerThanAClientWaits_DropsOnlyTheOld()
    {
        var parked = new ParkedProposals(ticksToKeep: 2);
        parked.Add([Data(1)]);
        parked.Tick();
        parked.Add([Data(2)]);
        parked.Tick();
        Assert.Equal(2, parked.Count);
        parked.Tick();
        Assert.Equal([2], parked.TakeBefore([]).Select(static d => d.Span[0]));
    }

    private static ReadOnlyMemory<byte> Data(byte value) => new[] { value };
}
