using Etcd.Foundation;

namespace Etcd.Raft.Tests.Tracker;

public sealed class InflightsTests
{
    [Fact]
    public void Add_AsManyMessagesAsAllowed_IsFull()
    {
        var inflights = new Inflights(3, 0);
        for (ulong index = 1; index <= 3; index++)
            inflights.Add(index, 100);

        Assert.True(inflights.IsFull);
        Assert.Throws<InvariantException>(() => inflights.Add(4, 1));
    }

    [Fact]
    public void Add_BytesReachTheLimit_IsFullEvenIfOneMessageExceedsIt()
    {
        var inflights = new Inflights(100, 10);
        inflights.Add(1, 9);
        Assert.False(inflights.IsFull);

        inflights.Add(2, 50);
        Assert.True(inflights.IsFull);

        inflights.FreeUpTo(2);
        Assert.False(inflights.IsFull);
    }

    [Fact]
    public void RandomUse_AnySeed_EqualsAQueue()
    {
        for (int seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            int most = random.Next(1, 20);
            var inflights = new Inflights(most, 200);
            Queue<(ulong Index, ulong Bytes)> twin = [];
            ulong last = 0;
            for (int i = 0; i < 300; i++)
            {
                if (random.Next(3) > 0 && !inflights.IsFull)
                {
                    ulong bytes = (ulong)random.Next(40);
                    last += (ulong)random.Next(1, 3);
                    inflights.Add(last, bytes);
                    twin.Enqueue((last, bytes));
                }
                else if (random.Next(20) == 0)
                {
                    inflights.Reset();
                    twin.Clear();
                }
                else
                {
                    ulong upTo = last - Math.Min(last, (ulong)random.Next(6));
                    inflights.FreeUpTo(upTo);
                    while (twin.Count > 0 && twin.Peek().Index <= upTo)
                        twin.Dequeue();
                }
                Assert.Equal((twin.Count, twin.Count == most || twin.Sum(entry => (long)entry.Bytes) >= 200), (inflights.Count, inflights.IsFull));
            }
        }
    }
}
