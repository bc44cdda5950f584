using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Store.Mvcc;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

public class RangeStreamTests
{
    private const int MaxRequestBytes = 1_572_864;

    [Theory]
    [InlineData(20_000, false, new[] { 10, 20, 40, 40, 40, 40, 40, 40, 30 })]
    [InlineData(20_000, true, new[] { 10, 20, 40, 80, 150 })]
    public void Chunks_GrowToTheTargetSize(int valueBytes, bool keysOnly, int[] expected)
    {
        using var fixture = new StoreFixture();
        for (int i = 0; i < 300; i++)
            fixture.Put($"k{i:d3}", new string('v', valueBytes));
        List<RangeResponse> chunks = Read(fixture.Store, new RangeRequest { Key = Key("k"), RangeEnd = Key("l"), KeysOnly = keysOnly });
        Assert.Equal(expected, chunks.Select(chunk => chunk.Kvs.Count));
        Assert.All(chunks.SkipLast(1), chunk => Assert.Equal((0, false), (chunk.Count, chunk.More)));
        Assert.Equal((300, false), (chunks[^1].Count, chunks[^1].More));
    }

    [Theory]
    [InlineData(0, 25, false)]
    [InlineData(12, 12, true)]
    [InlineData(25, 25, false)]
    [InlineData(99, 25, false)]
    public void Limit_IsHonouredAcrossChunks(int limit, int pairs, bool more)
    {
        using var fixture = new StoreFixture();
        for (int i = 0; i < 25; i++)
            fixture.Put($"k{i:d3}", "v");
        List<RangeResponse> chunks = Read(fixture.Store, new RangeRequest { Key = Key("k"), RangeEnd = Key("l"), Limit = limit });
        Assert.Equal(Enumerable.Range(0, pairs).Select(i => $"k{i:d3}"), chunks.SelectMany(chunk => chunk.Kvs).Select(pair => pair.Key.ToStringUtf8()));
        Assert.Equal((25, more), (chunks[^1].Count, chunks[^1].More));
    }

    [Fact]
    public void CountOnlyEmptyAndSingle_AreOneMessage()
    {
        using var fixture = new StoreFixture();
        fixture.Put("a", "1");
        fixture.Put("b", "1");
        Assert.Equal(2, Assert.Single(Read(fixture.Store, new RangeRequest { Key = Key("a"), RangeEnd = Key("z"), CountOnly = true })).Count);
        Assert.Equal(0, Assert.Single(Read(fixture.Store, new RangeRequest { Key = Key("x"), RangeEnd = Key("z") })).Count);
        Assert.Equal("a", Assert.Single(Assert.Single(Read(fixture.Store, new RangeRequest { Key = Key("a") })).Kvs).Key.ToStringUtf8());
    }

    [Fact]
    public void WritesBetweenChunks_AreNotSeen_AndTheHeaderIsTheFirstView()
    {
        using var fixture = new StoreFixture();
        for (int i = 0; i < 25; i++)
            fixture.Put($"k{i:d3}", "old");
        int written = 0;
        List<RangeResponse> chunks = Read(fixture.Store, new RangeRequest { Key = Key("k"), RangeEnd = Key("l") }, between: () =>
        {
            fixture.Put("k020", $"new{written++}");
            fixture.Put($"k02{written}x", "new");
            fixture.Delete("k023");
        });
        List<KeyValue> pairs = [.. chunks.SelectMany(chunk => chunk.Kvs)];
        Assert.True(written > 0);
        Assert.Equal(25, pairs.Count);
        Assert.All(pairs, pair => Assert.Equal("old", pair.Value.ToStringUtf8()));
        Assert.Equal((26, 25), (chunks[^1].Header.Revision, chunks[^1].Count));
    }

    [Fact]
    public void CompactionOvertakesIt_EndsWithCompacted()
    {
        using var fixture = new StoreFixture();
        for (int i = 0; i < 25; i++)
            fixture.Put($"k{i:d3}", "v");
        RangeStream stream = fixture.Store.OpenRangeStream(new RangeRequest { Key = Key("k"), RangeEnd = Key("l") }.ToByteArray(), MaxRequestBytes);
        Assert.Null(stream.Next(out RangeReply? first));
        first!.Dispose();
        fixture.Put("k000", "w");
        fixture.Compact(27);
        Assert.Equal(EtcdError.Compacted, stream.Next(out _));
    }

    private static List<RangeResponse> Read(MvccStore store, RangeRequest request, Action? between = null)
    {
        List<RangeResponse> chunks = [];
        RangeStream stream = store.OpenRangeStream(request.ToByteArray(), MaxRequestBytes);
        while (!stream.IsFinished)
        {
            Assert.Null(stream.Next(out RangeReply? chunk));
            using (chunk)
            {
                var body = new System.Buffers.ArrayBufferWriter<byte>();
                while (chunk!.WriteNext(body, 1 << 20))
                {
                }
                RangeResponse response = RangeResponse.Parser.ParseFrom(body.WrittenSpan);
                response.Header = new ResponseHeader { Revision = chunk.Revision };
                chunks.Add(response);
            }
            between?.Invoke();
        }
        return chunks;
    }

    private static ByteString Key(string text) => ByteString.CopyFromUtf8(text);
}
