using System.Text;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.Store.Apply;
using Etcd.Store.Mvcc;
using Etcd.Store.Tests.Mvcc;
using Etcd.Store.Watch;
using Google.Protobuf;

namespace Etcd.Store.Tests.Watch;

public class WatchHubTests
{
    [Fact]
    public void SlowWatcher_QueueFull_FallsBehindAndLosesNothing()
    {
        using var fixture = new StoreFixture(options: new MvccOptions { WatchQueueBytes = 3000 });
        int work = 0;
        fixture.Store.Watches.WorkArrived = () => work++;
        using var slow = new WatchReader(fixture.Store.Watches);
        using var quick = new WatchReader(fixture.Store.Watches);
        Watch(slow, "a");
        Watch(quick, "a");
        List<long> quickly = [];
        for (int i = 0; i < 100; i++)
        {
            fixture.Put("a", new string('v', 100));
            quickly.AddRange(quick.ReadEvents().Select(change => change.Kv.ModRevision));
        }
        Assert.Equal(Enumerable.Range(2, 100).Select(revision => (long)revision), quickly);
        Assert.Equal(1, fixture.Store.Watches.SlowWatcherCount);
        Assert.False(fixture.Store.Watches.CatchUpStep()); // No room yet, so nobody is worth asking for.
        Assert.Equal(0, work);

        List<long> slowly = [];
        for (int round = 0; fixture.Store.Watches.SlowWatcherCount > 0; round++)
        {
            Assert.True(round < 20);
            slowly.AddRange(slow.ReadEvents().Select(change => change.Kv.ModRevision));
            Assert.Equal(round + 1, work); // There is room again.
            fixture.Store.Watches.CatchUpStep();
        }
        slowly.AddRange(slow.ReadEvents().Select(change => change.Kv.ModRevision));
        Assert.Equal(quickly, slowly);
        fixture.Put("a", "live");
        Assert.Equal(102, Assert.Single(slow.ReadEvents()).Kv.ModRevision);
    }

    [Fact]
    public void SlowWatcher_OvertakenByACompaction_IsTold()
    {
        using var fixture = new StoreFixture(options: new MvccOptions { WatchQueueBytes = 1000 });
        using var slow = new WatchReader(fixture.Store.Watches);
        Watch(slow, "a");
        for (int i = 0; i < 50; i++)
            fixture.Put("a", new string('v', 100));
        fixture.Compact(51);
        fixture.FinishCompactions();
        List<Event> queued = slow.ReadEvents();
        Assert.InRange(queued.Count, 1, 20);
        fixture.Store.Watches.CatchUpStep();
        WatchResponse last = Assert.Single(slow.ReadAll());
        Assert.Equal((true, 51, 0), (last.Canceled, last.CompactRevision, last.Header.Revision));
    }

    [Fact]
    public void OneRequestWithVeryManyChanges_WatchersReadThemFromHistory()
    {
        using var fixture = new StoreFixture();
        const int Keys = 60_000;
        fixture.Backend.BeginApply(1, 1);
        for (int i = 0; i < Keys; i++)
            fixture.Store.Put(new PutRequest { Key = ByteString.CopyFromUtf8($"{i:d6}") }.ToByteArray());
        fixture.Backend.EndApply();
        fixture.Store.Publish();
        using var reader = new WatchReader(fixture.Store.Watches, fragmentBytes: long.MaxValue);
        Watch(reader, "0", "\0");
        ApplyResult deleted = default;
        fixture.Backend.BeginApply(2, 1);
        deleted = fixture.Store.DeleteRange(new DeleteRangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) }.ToByteArray());
        fixture.Backend.EndApply();
        fixture.Store.Publish();
        Assert.Equal(Keys, DeleteRangeResponse.Parser.ParseFrom(deleted.Body.Span).Deleted);
        Assert.Equal(1, fixture.Store.Watches.SlowWatcherCount);
        while (fixture.Store.Watches.CatchUpStep())
        {
        }
        List<WatchResponse> responses = [.. reader.ReadAll().Where(response => !response.Created)];
        Assert.Equal(Keys, Assert.Single(responses).Events.Count); // All events of one revision in one response.
    }

    [Fact]
    public void Fragment_LargeResponse_IsSplitBetweenEvents()
    {
        using var fixture = new StoreFixture();
        using var reader = new WatchReader(fixture.Store.Watches, fragmentBytes: 1000);
        Watch(reader, "a", "\0", WatchFlags.Fragment);
        Watch(reader, "a", "\0");
        reader.ReadAll();
        var txn = new TxnRequest();
        foreach (char key in "abcdefg")
            txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8(key.ToString()), Value = ByteString.CopyFrom(new byte[300]) } });
        txn.Success.Add(new RequestOp { RequestPut = new PutRequest { Key = ByteString.CopyFromUtf8("h"), Value = ByteString.CopyFrom(new byte[3000]) } });
        fixture.Txn(txn);
        ILookup<long, WatchResponse> byWatch = reader.ReadAll().ToLookup(response => response.WatchId);
        Assert.Equal([3, 3, 1, 1], byWatch[0].Select(response => response.Events.Count));
        Assert.Equal([true, true, true, false], byWatch[0].Select(response => response.Fragment));
        Assert.Equal("abcdefgh", string.Concat(byWatch[0].SelectMany(response => response.Events).Select(change => change.Kv.Key.ToStringUtf8())));
        WatchResponse whole = Assert.Single(byWatch[1]);
        Assert.Equal((8, false), (whole.Events.Count, whole.Fragment));
    }

    [Fact]
    public void OneEventManyWatchers_ShareItsBytes()
    {
        using var fixture = new StoreFixture();
        WatchStream[] streams = [.. Enumerable.Range(0, 10).Select(_ => fixture.Store.Watches.OpenStream(static () => { }))];
        foreach (WatchStream stream in streams)
            stream.Create(new WatchCreate("a"u8.ToArray(), default, 0, 0, WatchFlags.None));
        fixture.Put("a", "1");
        var bytes = new HashSet<byte[]>(ReferenceEqualityComparer.Instance);
        foreach (WatchStream stream in streams)
        {
            Assert.True(stream.TryRead(out WatchPiece created) && created.Created);
            Assert.True(stream.TryRead(out WatchPiece piece));
            Assert.True(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(piece.Event(0), out ArraySegment<byte> segment));
            bytes.Add(segment.Array!);
        }
        Assert.Single(bytes);
    }

    [Fact]
    public void Readable_IsCalledWhenTheQueueStopsBeingEmpty()
    {
        using var fixture = new StoreFixture();
        using var reader = new WatchReader(fixture.Store.Watches);
        Watch(reader, "a");
        fixture.Put("a", "1");
        fixture.Put("a", "2");
        Assert.Equal(1, reader.Wakes);
        reader.ReadAll();
        fixture.Put("a", "3");
        Assert.Equal(2, reader.Wakes);
    }

    [Fact]
    public void Dispose_WatchersAreGoneAndWritesGoOn()
    {
        using var fixture = new StoreFixture();
        var reader = new WatchReader(fixture.Store.Watches);
        Watch(reader, "a");
        Watch(reader, "a", "\0");
        Assert.Equal((2, 1), (fixture.Store.Watches.WatcherCount, fixture.Store.Watches.StreamCount));
        reader.Dispose();
        Assert.Equal((0, 0), (fixture.Store.Watches.WatcherCount, fixture.Store.Watches.StreamCount));
        fixture.Put("a", "1");
        Assert.False(reader.Stream.TryRead(out _));
        Assert.Equal(-1, reader.Stream.Create(new WatchCreate("a"u8.ToArray(), default, 0, 0, WatchFlags.None)));
    }

    [Fact]
    public void Refuse_DecidedElsewhere_IsCreatedAndCanceled()
    {
        using var fixture = new StoreFixture();
        using var reader = new WatchReader(fixture.Store.Watches);
        reader.Stream.Refuse("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
        WatchResponse response = Assert.Single(reader.ReadAll());
        Assert.Equal((true, true, -1, 1), (response.Created, response.Canceled, response.WatchId, response.Header.Revision));
    }

    [Fact]
    public void UnpublishedWrites_AreNotHandedOut()
    {
        using var fixture = new StoreFixture { PublishesAtOnce = false };
        using var reader = new WatchReader(fixture.Store.Watches);
        fixture.Put("a", "1");
        Watch(reader, "a");
        Assert.Empty(reader.ReadEvents());
        fixture.Put("a", "2");
        fixture.Store.Publish();
        // The watch began when revision 1 was what everybody saw, so both are news to it.
        Assert.Equal([2, 3], reader.ReadEvents().Select(change => change.Kv.ModRevision));
    }

    private static void Watch(WatchReader reader, string key, string end = "", WatchFlags flags = WatchFlags.None) =>
        reader.Stream.Create(new WatchCreate(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(end), 0, 0, flags));
}
