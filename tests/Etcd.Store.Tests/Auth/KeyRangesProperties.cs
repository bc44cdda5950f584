using Etcd.Store.Auth;

namespace Etcd.Store.Tests.Auth;

/// <summary>Merged ranges against a twin that asks every key one by one.</summary>
public sealed class KeyRangesProperties
{
    // Keys and ends of ranges: everything of up to two bytes over a tiny alphabet.
    private static readonly byte[][] s_keys =
    [
        .. from first in "\0abc\xff" select new[] { (byte)first },
        .. from first in "\0abc\xff" from second in "\0abc\xff" select new[] { (byte)first, (byte)second },
    ];

    // What is not covered begins at the end of a range or right behind a single key, so these tell all gaps.
    private static readonly byte[][] s_universe = [.. s_keys, .. s_keys.Select(static key => (byte[])[.. key, 0])];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Contains_RandomRanges_EqualsKeyByKey(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 400; round++)
        {
            (byte[] Key, byte[] RangeEnd)[] ranges = [.. Enumerable.Range(0, random.Next(6)).Select(_ => (Pick(random), PickEnd(random)))];
            var merged = new KeyRanges(ranges);
            for (int request = 0; request < 40; request++)
            {
                (byte[] key, byte[] rangeEnd) = (Pick(random), PickEnd(random));
                bool expected = s_universe.Where(candidate => IsIn(candidate, key, rangeEnd)).Append(key).All(wanted => ranges.Any(range => IsIn(wanted, range.Key, range.RangeEnd)));
                if (merged.Contains(key, rangeEnd) != expected)
                    Assert.Fail($"seed {seed}, round {round}: {Show(ranges)} and request {Show([(key, rangeEnd)])}: expected {expected}");
                if (rangeEnd.Length == 0)
                    Assert.Equal(expected, merged.Contains(key));
            }
        }
    }

    [Fact]
    public void Contains_TouchingRanges_CountAsOne()
    {
        var ranges = new KeyRanges([("a"u8.ToArray(), "b"u8.ToArray()), ("b"u8.ToArray(), "c"u8.ToArray())]);
        Assert.True(ranges.Contains("a"u8, "c"u8));
        Assert.False(ranges.Contains("a"u8, "c\0"u8));
    }

    [Fact]
    public void Contains_GapOfOneKey_IsAGap()
    {
        var ranges = new KeyRanges([("a"u8.ToArray(), "b"u8.ToArray()), ("b\0"u8.ToArray(), "c"u8.ToArray())]);
        Assert.False(ranges.Contains("a"u8, "c"u8));
        Assert.False(ranges.Contains("b"u8));
    }

    [Fact]
    public void Contains_EmptyRequest_NeedsItsKey()
    {
        var ranges = new KeyRanges([("b"u8.ToArray(), "c"u8.ToArray())]);
        Assert.True(ranges.Contains("b"u8, "a"u8));
        Assert.False(ranges.Contains("c"u8, "a"u8));
        Assert.False(ranges.Contains(""u8, "a"u8));
    }

    [Fact]
    public void Contains_OpenRequest_NeedsOpenRange()
    {
        Assert.False(new KeyRanges([("a"u8.ToArray(), "z"u8.ToArray())]).Contains("b"u8, "\0"u8));
        Assert.True(new KeyRanges([("a"u8.ToArray(), "\0"u8.ToArray())]).Contains("b"u8, "\0"u8));
        Assert.True(new KeyRanges([("\0"u8.ToArray(), "\0"u8.ToArray())]).Contains("\0"u8, "\0"u8));
    }

    private static byte[] Pick(Random random) => s_keys[random.Next(s_keys.Length)];

    private static byte[] PickEnd(Random random) => random.Next(4) switch
    {
        0 => [],
        1 => [0],
        _ => Pick(random),
    };

    private static bool IsIn(byte[] candidate, byte[] key, byte[] rangeEnd)
    {
        int order = candidate.AsSpan().SequenceCompareTo(key);
        if (rangeEnd.Length == 0)
            return order == 0;
        return order >= 0 && ((rangeEnd.Length == 1 && rangeEnd[0] == 0) || candidate.AsSpan().SequenceCompareTo(rangeEnd) < 0);
    }

    private static string Show(IEnumerable<(byte[] Key, byte[] RangeEnd)> ranges) =>
        string.Join(' ', ranges.Select(static range => $"[{Convert.ToHexString(range.Key)},{Convert.ToHexString(range.RangeEnd)})"));
}
