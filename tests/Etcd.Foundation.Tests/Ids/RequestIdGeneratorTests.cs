using Etcd.Foundation.Ids;

namespace Etcd.Foundation.Tests.Ids;

public sealed class RequestIdGeneratorTests
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.FromUnixTimeMilliseconds(0x0123_4567_89AB);

    [Fact]
    public void Next_FromStart_MemberTimeCounter()
    {
        var ids = new RequestIdGenerator(0xFFFF_FFFF_FFFF_05FC, s_start);
        Assert.Equal(0x05FC_2345_6789_AB01ul, ids.Next());
        Assert.Equal(0x05FC_2345_6789_AB02ul, ids.Next());
    }

    [Fact]
    public void Next_CounterOverflows_RunsIntoTimeNotIntoMember()
    {
        var ids = new RequestIdGenerator(1, DateTimeOffset.FromUnixTimeMilliseconds(0xFF_FFFF_FFFF));
        ulong last = 0;
        for (int i = 0; i < 256; i++)
            last = ids.Next();
        Assert.Equal(0x0001_0000_0000_0000ul, last);
    }

    [Fact]
    public void Next_RestartOneMillisecondLater_NoneRepeats()
    {
        var first = new RequestIdGenerator(7, s_start);
        var second = new RequestIdGenerator(7, s_start.AddMilliseconds(1));
        HashSet<ulong> seen = [];
        for (int i = 0; i < 255; i++)
        {
            Assert.True(seen.Add(first.Next()));
            Assert.True(seen.Add(second.Next()));
        }
    }

    [Fact]
    public async Task Next_ManyThreads_AllDifferent()
    {
        var ids = new RequestIdGenerator(7, s_start);
        ulong[][] made = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 5000).Select(_ => ids.Next()).ToArray())));
        Assert.Equal(20_000, made.SelectMany(static m => m).Distinct().Count());
    }
}
