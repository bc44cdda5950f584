using BenchmarkDotNet.Attributes;
using Etcd.Store.Watch;

namespace Etcd.Benchmarks.Micro;

/// <summary>One put that many watchers on ten streams see.</summary>
[InProcess]
[MemoryDiagnoser]
public class WatchFanOut
{
    private const int Streams = 10;

    private readonly byte[] _put = StoreRoom.Put(1);
    private StoreRoom? _room;
    private WatchStream[] _streams = [];

    [Params(10, 1000)]
    public int Watchers { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _room = new StoreRoom(1000);
        _streams = [.. Enumerable.Range(0, Streams).Select(_ => _room.Store.Watches.OpenStream(static () => { }))];
        for (int i = 0; i < Watchers; i++)
            _streams[i % Streams].Create(new WatchCreate(StoreRoom.Key(1).Memory, default, 0, 0, WatchFlags.None));
        Drain();
    }

    [Benchmark]
    public int PutAndDrain()
    {
        _room!.Store.Put(_put);
        _room.Store.Publish();
        return Drain();
    }

    [GlobalCleanup]
    public void Close() => _room!.Dispose();

    private int Drain()
    {
        int events = 0;
        foreach (WatchStream stream in _streams)
        {
            while (stream.TryRead(out WatchPiece piece))
                events += piece.EventCount;
        }
        return events;
    }
}
