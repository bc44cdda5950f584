using Etcd.Store.Watch;

namespace Etcd.Store.Tests.Watch;

public class RangeTreeProperties
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AnyRanges_FindsExactlyThoseWithTheKey(int seed)
    {
        var random = new Random(seed);
        var tree = new RangeTree();
        List<Watcher> all = [];
        for (int step = 0; step < 4000; step++)
        {
            if (all.Count == 0 || random.Next(5) < (step < 2000 ? 3 : 1))
            {
                byte[] begin = Key(random);
                byte[]? end = random.Next(6) == 0 ? null : Key(random);
                if (end is not null && begin.AsSpan().SequenceCompareTo(end) >= 0)
                    continue;
                var watcher = new Watcher(null!, step, begin, end, isSingle: false, WatchFlags.None, 0);
                tree.Add(begin, end, watcher);
                all.Add(watcher);
            }
            else
            {
                Watcher gone = all[random.Next(all.Count)];
                tree.Remove(gone.Key, gone.End, gone);
                all.Remove(gone);
            }
            byte[] key = Key(random);
            List<Watcher> found = [];
            tree.Find(key, found);
            IEnumerable<Watcher> expected = all.Where(watcher =>
                watcher.Key.AsSpan().SequenceCompareTo(key) <= 0 && (watcher.End is null || key.AsSpan().SequenceCompareTo(watcher.End) < 0));
            Assert.Equal(expected.Select(watcher => watcher.Id).Order(), found.Select(watcher => watcher.Id).Order());
        }
        foreach (Watcher watcher in all)
            tree.Remove(watcher.Key, watcher.End, watcher);
        Assert.True(tree.IsEmpty);
    }

    private static byte[] Key(Random random)
    {
        byte[] key = new byte[random.Next(1, 3)];
        for (int i = 0; i < key.Length; i++)
            key[i] = (byte)random.Next(12);
        return key;
    }
}
