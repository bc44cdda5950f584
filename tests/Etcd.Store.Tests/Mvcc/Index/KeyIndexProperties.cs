using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Tests.Mvcc.Index;

/// <summary>The copy-on-write tree against a sorted dictionary, over keys that stress prefixes, splits, merges and long keys.</summary>
public class KeyIndexProperties
{
    public static TheoryData<string, int> Runs() => new()
    {
        { "random", 1 }, { "ascending", 2 }, { "descending", 3 }, { "nested prefixes", 4 }, { "long", 5 }, { "mixed", 6 }, { "mixed", 7 },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void AnyChanges_TreeAndDictionary_Agree(string keys, int seed)
    {
        var random = new Random(seed);
        var index = new KeyIndex();
        var twin = new SortedDictionary<byte[], KeyEntry>(ByteOrder.Instance);
        List<Pinned> pinned = [];
        for (int step = 1; step <= 12_000; step++)
        {
            byte[] key = twin.Count > 0 && random.Next(2) == 0 ? twin.ElementAt(random.Next(Math.Min(twin.Count, 200))).Key : MakeKey(keys, random, step);
            Change(index, twin, key, random, step, growing: step < 8000);
            if (random.Next(40) != 0)
                continue;
            index.Publish(step, -1);
            if (random.Next(5) == 0)
                pinned.Add(new Pinned(index.Pin(), [.. twin]));
            if (pinned.Count > 4)
            {
                int which = random.Next(pinned.Count);
                pinned[which].CheckAndUnpin();
                pinned.RemoveAt(which);
            }
        }
        foreach (Pinned snapshot in pinned)
            snapshot.CheckAndUnpin();
        index.Publish(99_998, -1);
        index.Publish(99_999, -1);
        Assert.True(index.UnrecycledSnapshots <= 1);
        CheckView(index.View, [.. twin], random);
        Assert.Equal(0, index.HistoryCount);
    }

    [Fact]
    public void RemovingEverything_GivesAllPagesBack()
    {
        var index = new KeyIndex();
        byte[][] keys = [.. Enumerable.Range(0, 20_000).Select(i => System.Text.Encoding.ASCII.GetBytes($"/registry/pods/{i % 97}/{i}"))];
        foreach (byte[] key in keys)
        {
            Assert.False(index.Seek(key, out _));
            index.Write(key, new KeyEntry { ModMain = 2 });
        }
        index.Publish(2, -1);
        int pages = IndexAudit.Check(index.View).Count;
        new Random(5).Shuffle(keys);
        foreach (byte[] key in keys)
        {
            Assert.True(index.Seek(key, out _));
            index.Remove();
        }
        index.Publish(3, -1);
        index.Publish(4, -1);
        Assert.Single(IndexAudit.Check(index.View));
        Assert.True(index.FreePages >= pages - 1, $"{index.FreePages} pages free after {pages} were used");
        Assert.False(index.Seek(keys[0], out _));
    }

    [Fact]
    public void AscendingKeys_FillTheirPages()
    {
        var index = new KeyIndex();
        for (int i = 0; i < 50_000; i++)
        {
            byte[] key = System.Text.Encoding.ASCII.GetBytes($"key-{i:d9}");
            index.Seek(key, out _);
            index.Write(key, new KeyEntry { ModMain = i + 2 });
        }
        int pages = IndexAudit.Check(index.View).Count;
        // 32 bytes of entry, 4 of slot and at most 4 of key behind the shared prefix: about 50 keys per page.
        Assert.True(pages < 50_000 / 45, $"{pages} pages for 50 000 ascending keys");
    }

    [Fact]
    public void LongKeys_SameFirstBytes_AreToldApart()
    {
        var index = new KeyIndex();
        byte[] stem = [.. Enumerable.Repeat((byte)'k', 400)];
        for (int i = 0; i < 300; i++)
        {
            byte[] key = [.. stem, (byte)(i / 256), (byte)i];
            Assert.False(index.Seek(key, out _));
            index.Write(key, new KeyEntry { ModMain = i });
        }
        IndexAudit.Check(index.View);
        for (int i = 0; i < 300; i++)
        {
            Assert.True(index.View.TryFind([.. stem, (byte)(i / 256), (byte)i], out KeyEntry entry));
            Assert.Equal(i, entry.ModMain);
        }
        Assert.False(index.View.TryFind(stem, out _));
        Assert.False(index.View.TryFind(stem.AsSpan(0, 252), out _));
    }

    [Fact]
    public void TryPin_AfterTheLastPinIsGone_Refuses()
    {
        var index = new KeyIndex();
        IndexSnapshot first = index.Pin();
        index.Publish(2, -1);
        Assert.True(first.TryPin());
        first.Unpin();
        first.Unpin();
        Assert.False(first.TryPin());
        Assert.NotSame(first, index.Pin());
    }

    private static void Change(KeyIndex index, SortedDictionary<byte[], KeyEntry> twin, byte[] key, Random random, int step, bool growing)
    {
        bool found = index.Seek(key, out KeyEntry entry);
        Assert.Equal(twin.TryGetValue(key, out KeyEntry expected), found);
        if (found)
            Assert.Equal(expected.ModMain, entry.ModMain);
        if (found && random.Next(10) < (growing ? 2 : 8))
        {
            index.Remove();
            twin.Remove(key);
            return;
        }
        entry = new KeyEntry { ModMain = step, CreateMain = step / 2, Version = 3, ModSub = step % 7, IsTombstone = random.Next(4) == 0 };
        index.Write(key, entry);
        twin[key] = entry;
    }

    private static byte[] MakeKey(string kind, Random random, int step)
    {
        switch (kind)
        {
            case "ascending":
                return System.Text.Encoding.ASCII.GetBytes($"a{step:d8}");
            case "descending":
                return System.Text.Encoding.ASCII.GetBytes($"a{1_000_000 - step:d8}");
            case "nested prefixes":
                return [.. Enumerable.Repeat((byte)'p', random.Next(240)), (byte)random.Next(256)];
            case "long":
                byte[] tail = new byte[random.Next(1, 8)];
                random.NextBytes(tail);
                return [.. Enumerable.Repeat((byte)'q', random.Next(240, 600)), .. tail];
            case "random":
                byte[] key = new byte[random.Next(1, 12)];
                random.NextBytes(key);
                return key;
            default:
                return MakeKey(random.Next(5) switch { 0 => "ascending", 1 => "descending", 2 => "nested prefixes", 3 => "long", _ => "random" }, random, step);
        }
    }

    private static void CheckView(IndexView view, KeyValuePair<byte[], KeyEntry>[] expected, Random random)
    {
        IndexAudit.Check(view);
        Compare(view, expected, [], null);
        for (int round = 0; round < 20; round++)
        {
            byte[] from = Bound(expected, random);
            byte[]? to = random.Next(5) == 0 ? null : Bound(expected, random);
            Compare(view, [.. expected.Where(pair => ByteOrder.Instance.Compare(pair.Key, from) >= 0 && (to is null || ByteOrder.Instance.Compare(pair.Key, to) < 0))], from, to);
        }
    }

    private static byte[] Bound(KeyValuePair<byte[], KeyEntry>[] expected, Random random)
    {
        if (expected.Length == 0)
            return [1];
        byte[] key = expected[random.Next(expected.Length)].Key;
        return random.Next(3) switch { 0 => key, 1 => [.. key, 0], _ => key[..random.Next(key.Length)] };
    }

    private static void Compare(IndexView view, KeyValuePair<byte[], KeyEntry>[] expected, byte[] from, byte[]? to)
    {
        IndexCursor cursor = view.Scan(from, to, to is not null);
        foreach ((byte[] key, KeyEntry entry) in expected)
        {
            Assert.True(cursor.MoveNext());
            byte[] actual = new byte[cursor.KeyLength];
            cursor.CopyKey(actual);
            Assert.Equal(key, actual);
            Assert.Equal((entry.Mod, entry.CreateMain, entry.Version, entry.IsTombstone), (cursor.Entry.Mod, cursor.Entry.CreateMain, cursor.Entry.Version, cursor.Entry.IsTombstone));
        }
        Assert.False(cursor.MoveNext());
        Assert.Equal(expected.Count(pair => !pair.Value.IsTombstone), view.CountLive(from, to, to is not null));
    }

    private sealed record Pinned(IndexSnapshot Snapshot, KeyValuePair<byte[], KeyEntry>[] Expected)
    {
        public void CheckAndUnpin()
        {
            CheckView(Snapshot.View, Expected, new Random(1));
            Snapshot.Unpin();
        }
    }
}

internal sealed class ByteOrder : IComparer<byte[]>
{
    public static readonly ByteOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
