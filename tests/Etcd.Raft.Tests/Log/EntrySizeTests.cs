using Etcd.Protocol.Raft;

namespace Etcd.Raft.Tests.Log;

public sealed class EntrySizeTests
{
    [Theory]
    [InlineData(0, 0, 0, 6)] // Three fields of tag and one byte each, even when zero.
    [InlineData(1, 1, 1, 9)]
    [InlineData(127, 128, 127, 7 + 2 + 127)]
    [InlineData(1, 1, 128, 6 + 3 + 128)]
    public void Encoded_AsEtcdUpTo36Writes(ulong term, ulong index, int dataBytes, ulong expected) =>
        Assert.Equal(expected, EntrySize.Encoded(new Entry(term, index, EntryType.Normal, new byte[dataBytes])));

    [Theory]
    [InlineData(0ul, 1)] // One always goes.
    [InlineData(9ul, 1)]
    [InlineData(17ul, 1)]
    [InlineData(18ul, 2)]
    [InlineData(ulong.MaxValue, 4)]
    public void Limit_LongestPrefix(ulong maxBytes, int count) =>
        Assert.Equal(count, EntrySize.Limit([.. Enumerable.Repeat(new Entry(1, 1, EntryType.Normal, new byte[1]), 4)], maxBytes));

    [Fact]
    public void Payload_EmptyEntry_CountsNothing() => Assert.Equal(0ul, EntrySize.Payload([new Entry(5, 7, EntryType.Normal, default)]));
}
