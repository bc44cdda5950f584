using Etcd.Store.Lease;
using Etcd.Store.Tests.Apply;

namespace Etcd.Store.Tests.Lease;

/// <summary>The lessor against a twin that keeps a plain list and looks at all of it.</summary>
public sealed class LessorProperties
{
    private sealed class Twin(long id, long ttl)
    {
        public long Id { get; } = id;

        public long Ttl { get; } = ttl;

        public double Expiry { get; set; } = double.PositiveInfinity;

        public double LookAt { get; set; } = double.PositiveInfinity;

        public SortedSet<string> Keys { get; } = new(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    public void RandomHistory_EqualsTwin(int seed)
    {
        var random = new Random(seed);
        var lessor = new Lessor(new MemoryBackend(), new LessorOptions { ExpiredRetryInterval = TimeSpan.FromSeconds(7), CheckpointInterval = null });
        List<Twin> twins = [];
        bool isPrimary = false;
        int now = 0;
        for (int step = 0; step < 2000; step++)
        {
            now += random.Next(3);
            long id = random.Next(1, 40);
            Twin? twin = twins.Find(other => other.Id == id);
            string key = $"k{random.Next(30)}";
            switch (random.Next(9))
            {
                case 0 or 1:
                    long ttl = random.Next(2, 20);
                    Assert.Equal(twin is null, lessor.Grant(id, ttl, At(now), out _) is null);
                    if (twin is null)
                        twins.Add(Start(new Twin(id, ttl), isPrimary, now));
                    break;
                case 2:
                    lessor.Remove(id);
                    twins.RemoveAll(other => other.Id == id);
                    break;
                case 3:
                    Assert.Equal(Renew(twin, isPrimary, now), lessor.Renew(id, At(now), out _));
                    break;
                case 4 or 5:
                    lessor.Attach(id, Bytes(key));
                    if (twin is not null)
                        twins.ForEach(other => other.Keys.Remove(key));
                    twin?.Keys.Add(key);
                    break;
                case 6:
                    lessor.Detach(id, Bytes(key));
                    twin?.Keys.Remove(key);
                    break;
                case 7:
                    Assert.Equal(Expire(twins, now, 5), lessor.Advance(At(now), 5));
                    break;
                case 8 when random.Next(20) == 0:
                    isPrimary = !isPrimary;
                    if (isPrimary)
                        lessor.Promote(At(now), TimeSpan.FromSeconds(1));
                    else
                        lessor.Demote();
                    twins.ForEach(other => Start(other, isPrimary, now + 1));
                    break;
            }
            Compare(lessor, twins, now, $"seed {seed}, step {step}");
        }
    }

    private static Twin Start(Twin twin, bool isPrimary, int now)
    {
        twin.Expiry = twin.LookAt = isPrimary ? now + twin.Ttl : double.PositiveInfinity;
        return twin;
    }

    private static RenewOutcome Renew(Twin? twin, bool isPrimary, int now)
    {
        if (!isPrimary)
            return RenewOutcome.NotPrimary;
        if (twin is null)
            return RenewOutcome.NotFound;
        if (twin.Expiry <= now)
            return RenewOutcome.Expired;
        Start(twin, isPrimary: true, now);
        return RenewOutcome.Renewed;
    }

    private static long[] Expire(List<Twin> twins, int now, int maximum)
    {
        Twin[] due = [.. twins.Where(twin => twin.LookAt <= now).OrderBy(static twin => twin.LookAt).ThenBy(static twin => twin.Id).Take(maximum)];
        foreach (Twin twin in due)
            twin.LookAt = now + 7;
        return [.. due.Select(static twin => twin.Id)];
    }

    private static void Compare(Lessor lessor, List<Twin> twins, int now, string where)
    {
        Assert.Equal(twins.OrderBy(static twin => twin.Expiry).ThenBy(static twin => twin.Id).Select(static twin => twin.Id), lessor.List());
        foreach (Twin twin in twins)
        {
            IReadOnlyList<ReadOnlyMemory<byte>> keys = lessor.KeysOf(twin.Id)!;
            Assert.True(twin.Keys.SequenceEqual(keys.Select(static key => System.Text.Encoding.UTF8.GetString(key.Span))), where);
            LeaseStatus? status = lessor.TimeToLive(twin.Id, withKeys: false, At(now));
            Assert.Equal(twin.Expiry > now, status.HasValue);
            if (!double.IsInfinity(twin.Expiry) && status is { } alive)
                Assert.True((long)(twin.Expiry - now) == alive.RemainingSeconds, where);
        }
    }

    private static TimeSpan At(int seconds) => TimeSpan.FromSeconds(seconds);

    private static byte[] Bytes(string key) => System.Text.Encoding.UTF8.GetBytes(key);
}
