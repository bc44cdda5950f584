using BenchmarkDotNet.Attributes;
using Etcd.Protocol.Rpc;
using Etcd.Store.Mvcc;
using Google.Protobuf;

namespace Etcd.Benchmarks.Micro;

/// <summary>What the apply thread does per request, and what a reader does, on a store of a given size.</summary>
[InProcess]
[MemoryDiagnoser]
public class Apply
{
    private StoreRoom? _room;
    private byte[][] _puts = [];
    private byte[] _get = [], _list = [];
    private int _next;

    [Params(100_000)]
    public int Keys { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _room = new StoreRoom(Keys);
        _puts = [.. Enumerable.Range(0, 1000).Select(i => StoreRoom.Put(i * (Keys / 1000)))];
        _get = new RangeRequest { Key = StoreRoom.Key(Keys / 2) }.ToByteArray();
        _list = new RangeRequest { Key = StoreRoom.Key(0), RangeEnd = StoreRoom.Key(1000) }.ToByteArray();
    }

    [Benchmark]
    public void PutOverwrites()
    {
        _room!.Store.Put(_puts[_next++ % _puts.Length]);
        if (_next % 100 == 0)
            _room.Store.Publish();
    }

    /// <summary>Key index, then the database's page.</summary>
    [Benchmark]
    public long RangeOfOneKey() => Answer(_get);

    [Benchmark]
    public long RangeOfThousandKeys() => Answer(_list);

    [GlobalCleanup]
    public void Close() => _room!.Dispose();

    private long Answer(byte[] request)
    {
        _room!.Store.Range(request, out RangeReply? reply);
        using (reply)
            return reply!.BodyBytes;
    }
}
