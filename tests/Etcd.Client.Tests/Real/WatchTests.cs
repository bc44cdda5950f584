using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Etcd.TestKit;
using Google.Protobuf;

namespace Etcd.Client.Tests.Real;

public class WatchTests(RealEtcdFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watch_AcrossRestarts_SeesEveryEventOnce()
    {
        await using RealEtcd server = await RealEtcd.StartAsync();
        using var client = new EtcdClient(server.Endpoint);
        using var writer = new EtcdClient(server.Endpoint);
        await using Watcher watcher = client.Watch.Open(KeyRange.Prefix("w/"), new WatchOptions { StartRevision = 1 });
        List<string> seen = [];
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 5; i++)
                await writer.Kv.PutAsync("w/key", $"{round}.{i}", Cancelled);
            await CollectAsync(watcher, seen, (round + 1) * 5);
            if (round < 2)
            {
                await server.StopAsync();
                await server.StartAgainAsync();
            }
        }

        Assert.Equal(from round in Enumerable.Range(0, 3) from i in Enumerable.Range(0, 5) select $"{round}.{i}", seen);
    }

    [Fact]
    public async Task Watch_WithPreviousAndFilter_ReportsWhatWasAsked()
    {
        using EtcdClient client = await fixture.ClientAsync();
        PutResponse first = await client.Kv.PutAsync("watch/prev", "1", Cancelled);
        await client.Kv.PutAsync("watch/prev", "2", Cancelled);
        await client.Kv.DeleteAsync("watch/prev", Cancelled);
        var options = new WatchOptions { StartRevision = first.Header.Revision, PreviousKeyValue = true, NoPut = true };
        await using Watcher watcher = client.Watch.Open("watch/prev", options);

        Event change = (await watcher.NextAsync(Cancelled)).Events.Single();

        Assert.Equal(Event.Types.EventType.Delete, change.Type);
        Assert.Equal("2", change.PrevKv.Value.ToStringUtf8());
    }

    [Fact]
    public async Task Watch_Fragmented_ComesAsOneResponse()
    {
        using EtcdClient client = await fixture.ClientAsync();
        // One revision of 3 MB: the server cuts it at 2 MB.
        var request = new TxnRequest();
        ByteString value = ByteString.CopyFrom(new byte[100_000]);
        long first = 0;
        for (int batch = 0; batch < 3; batch++)
        {
            request.Success.Clear();
            for (int i = 0; i < 10; i++)
                request.Success.Add(Operation.Put(ByteString.CopyFromUtf8($"watch/fragment/{batch}.{i}"), value));
            TxnResponse response = await client.Kv.TxnAsync(request, Cancelled);
            first = first == 0 ? response.Header.Revision : first;
        }
        await using Watcher watcher = client.Watch.Open(KeyRange.Prefix("watch/fragment/"), new WatchOptions { StartRevision = first, Fragment = true });

        int events = 0;
        while (events < 30)
        {
            WatchResponse response = await watcher.NextAsync(Cancelled);
            Assert.False(response.Fragment);
            events += response.Events.Count;
        }

        Assert.Equal(30, events);
    }

    [Fact]
    public async Task Watch_Compacted_ThrowsWithTheRevision()
    {
        await using RealEtcd server = await RealEtcd.StartAsync();
        using var client = new EtcdClient(server.Endpoint);
        for (int i = 0; i < 5; i++)
            await client.Kv.PutAsync("a", $"{i}", Cancelled);
        await client.Kv.CompactAsync(4, isPhysical: true, Cancelled);
        await using Watcher watcher = client.Watch.Open("a", new WatchOptions { StartRevision = 2 });

        WatchCanceledException end = await Assert.ThrowsAsync<WatchCanceledException>(() => watcher.NextAsync(Cancelled));

        Assert.Equal(4, end.CompactRevision);
    }

    [Fact]
    public async Task RequestProgress_CaughtUp_IsAnswered()
    {
        using EtcdClient client = await fixture.ClientAsync();
        PutResponse put = await client.Kv.PutAsync("watch/progress", "1", Cancelled);
        await using Watcher watcher = client.Watch.Open("watch/progress", new WatchOptions { StartRevision = put.Header.Revision });
        Assert.Single((await watcher.NextAsync(Cancelled)).Events);

        await watcher.RequestProgressAsync(Cancelled);
        WatchResponse progress = await watcher.NextAsync(Cancelled);

        Assert.Empty(progress.Events);
        Assert.True(progress.Header.Revision >= put.Header.Revision);
    }

    private static async Task CollectAsync(Watcher watcher, List<string> seen, int count)
    {
        while (seen.Count < count)
        {
            foreach (Event change in (await watcher.NextAsync(Cancelled)).Events)
                seen.Add(change.Kv.Value.ToStringUtf8());
        }
    }
}
