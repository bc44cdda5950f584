using Etcd.Api.Tests.Support;
using Etcd.Grpc;
using Etcd.Grpc.Client;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Google.Protobuf;
using static Etcd.Api.Tests.Support.Requests;

namespace Etcd.Api.Tests;

public sealed class WatchTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private ApiClient Client => fixture.Server.Client;

    [Fact]
    public async Task Create_ThenPutAndDelete_SendsEventsInOrder()
    {
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(Create("w1/", isPrefix: true));
        WatchResponse created = await NextAsync(watch);
        Assert.True(created.Created);
        Assert.Equal((0, fixture.Server.Member.ClusterId), (created.WatchId, created.Header.ClusterId));
        await Client.CallAsync<PutResponse>(PutPath, Put("w1/a", "1"));
        await Client.CallAsync<PutResponse>(PutPath, Put("w1/a", "2"));
        await Client.CallAsync<DeleteRangeResponse>(DeletePath, Delete("w1/a"));
        List<Event> events = await EventsAsync(watch, 3);
        Assert.Equal(["1", "2", ""], events.Select(e => e.Kv.Value.ToStringUtf8()));
        Assert.Equal(Event.Types.EventType.Delete, events[2].Type);
        Assert.Equal(1, events[1].Kv.ModRevision - events[0].Kv.ModRevision);
    }

    [Fact]
    public async Task Create_FromPast_SendsHistoryThenLive()
    {
        long first = (await Client.CallAsync<PutResponse>(PutPath, Put("w2", "old"))).Header.Revision;
        WatchCreateRequest request = Create("w2");
        request.StartRevision = first;
        request.PrevKv = true;
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(request);
        Assert.True((await NextAsync(watch)).Created);
        Assert.Equal("old", (await EventsAsync(watch, 1))[0].Kv.Value.ToStringUtf8());
        await Client.CallAsync<PutResponse>(PutPath, Put("w2", "new"));
        Event live = (await EventsAsync(watch, 1))[0];
        Assert.Equal(("new", "old"), (live.Kv.Value.ToStringUtf8(), live.PrevKv.Value.ToStringUtf8()));
    }

    [Fact]
    public async Task Txn_SeveralKeys_AreOneResponse()
    {
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(Create("w3/", isPrefix: true));
        await NextAsync(watch);
        await Client.CallAsync<TxnResponse>(TxnPath, Txn(Op(Put("w3/a")), Op(Put("w3/b")), Op(Put("w3/c"))));
        WatchResponse response = await NextAsync(watch);
        Assert.Equal(["w3/a", "w3/b", "w3/c"], response.Events.Select(e => e.Kv.Key.ToStringUtf8()));
        Assert.Equal(response.Events[0].Kv.ModRevision, response.Header.Revision);
    }

    [Fact]
    public async Task Filters_DropEvents()
    {
        WatchCreateRequest request = Create("w4");
        request.Filters.Add(WatchCreateRequest.Types.FilterType.Noput);
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(request);
        await NextAsync(watch);
        await Client.CallAsync<PutResponse>(PutPath, Put("w4"));
        await Client.CallAsync<DeleteRangeResponse>(DeletePath, Delete("w4"));
        Assert.Equal(Event.Types.EventType.Delete, (await EventsAsync(watch, 1))[0].Type);
    }

    [Fact]
    public async Task Cancel_Watch_IsConfirmedAndOthersLiveOn()
    {
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(Create("w5a"), Create("w5b"));
        Assert.Equal(0, (await NextAsync(watch)).WatchId);
        Assert.Equal(1, (await NextAsync(watch)).WatchId);
        await SendAsync(watch, new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = 77 } });
        await SendAsync(watch, new WatchRequest { CancelRequest = new WatchCancelRequest { WatchId = 0 } });
        WatchResponse canceled = await NextAsync(watch);
        Assert.True(canceled.Canceled);
        Assert.Equal((0, "", 0), (canceled.WatchId, canceled.CancelReason, canceled.CompactRevision));
        await Client.CallAsync<PutResponse>(PutPath, Put("w5a"));
        await Client.CallAsync<PutResponse>(PutPath, Put("w5b"));
        Assert.Equal(1, (await NextAsync(watch)).WatchId);
    }

    [Theory]
    [InlineData("duplicate", EtcdError.DuplicateWatchId)]
    [InlineData("empty range", EtcdError.EmptyWatchRange)]
    [InlineData("negative", "etcdserver: mvcc: required revision has been compacted")]
    public async Task Create_Impossible_IsCreatedAndCanceled(string name, string reason)
    {
        WatchCreateRequest good = Create("w6");
        good.WatchId = 5;
        WatchCreateRequest bad = Create("w6");
        bad.WatchId = name == "duplicate" ? 5 : 0;
        bad.RangeEnd = name == "empty range" ? Bytes("a") : ByteString.Empty;
        bad.StartRevision = name == "negative" ? -1 : 0;
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(good, bad);
        Assert.Equal(5, (await NextAsync(watch)).WatchId);
        WatchResponse refused = await NextAsync(watch);
        Assert.True(refused.Created && refused.Canceled);
        Assert.Equal((-1, reason), (refused.WatchId, refused.CancelReason));
    }

    [Fact]
    public async Task Create_CompactedStart_IsCanceledWithRevisionAndWithoutReason()
    {
        await using ApiServer server = await ApiServer.StartAsync();
        for (int i = 0; i < 5; i++)
            await server.Client.CallAsync<PutResponse>(PutPath, Put("k"));
        await server.Client.CallAsync<CompactionResponse>(CompactPath, new CompactionRequest { Revision = 5 });
        WatchCreateRequest request = Create("k");
        request.StartRevision = 2;
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(server.Client, request);
        Assert.True((await NextAsync(watch)).Created);
        WatchResponse canceled = await NextAsync(watch);
        Assert.True(canceled.Canceled);
        Assert.Equal((5, "", 0), (canceled.CompactRevision, canceled.CancelReason, canceled.Header.Revision));
    }

    [Fact]
    public async Task Progress_Asked_IsAnsweredWhenInSync()
    {
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(Create("w7"));
        await NextAsync(watch);
        long revision = (await Client.CallAsync<PutResponse>(PutPath, Put("w7-other"))).Header.Revision;
        await SendAsync(watch, new WatchRequest { ProgressRequest = new WatchProgressRequest() });
        WatchResponse progress = await NextAsync(watch);
        Assert.Equal((-1, 0), (progress.WatchId, progress.Events.Count));
        Assert.True(progress.Header.Revision >= revision);
    }

    [Fact]
    public async Task Progress_Subscribed_ComesByItself()
    {
        await using ApiServer server = await ApiServer.StartAsync(new ApiOptions { WatchProgressInterval = TimeSpan.FromMilliseconds(100) });
        WatchCreateRequest request = Create("k");
        request.ProgressNotify = true;
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(server.Client, request);
        Assert.True((await NextAsync(watch)).Created);
        // The watch has id 0 and nothing to say: the response is a header alone, and still it is sent.
        WatchResponse progress = await NextAsync(watch);
        Assert.Equal((0, 0, 1), (progress.WatchId, progress.Events.Count, progress.Header.Revision));
    }

    [Fact]
    public async Task HalfClose_Client_KeepsItsWatches()
    {
        // Seen on etcd 3.4.23: only leaving ends a watch.
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(Create("w8"));
        await watch.CompleteWritesAsync();
        Assert.True((await NextAsync(watch)).Created);
        await Client.CallAsync<PutResponse>(PutPath, Put("w8"));
        Assert.Single(await EventsAsync(watch, 1));
    }

    [Fact]
    public async Task Stop_Server_EndsWatchAsUnavailable()
    {
        ApiServer server = await ApiServer.StartAsync();
        await using IStreamCall<IMessage, WatchResponse> watch = await WatchAsync(server.Client, Create("k"));
        await NextAsync(watch);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        Task stopping = server.Host.StopAsync(EtcdError.Stopped, patience.Token);
        RpcException ended = await Assert.ThrowsAsync<RpcException>(async () => await NextAsync(watch));
        Assert.Equal(EtcdError.Stopped, ended.Status);
        await stopping;
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Request_NoProtobuf_EndsStream()
    {
        (string code, string message) = await fixture.Server.PostRawAsync(WatchPath, [10, 5, 97]);
        Assert.Equal("13", code);
        Assert.StartsWith("grpc: error unmarshalling request: ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_ManyWritersAndWatches_AreComplete()
    {
        const int Watches = 20, Writes = 200;
        await using IStreamCall<IMessage, WatchResponse> watch =
            await WatchAsync([.. Enumerable.Range(0, Watches).Select(_ => Create("w9/", isPrefix: true))]);
        for (int i = 0; i < Watches; i++)
            Assert.True((await NextAsync(watch)).Created);
        Task writing = Parallel.ForAsync(0, Writes, async (i, _) => await Client.CallAsync<PutResponse>(PutPath, Put($"w9/{i}")));
        var lastRevision = new long[Watches];
        var counts = new int[Watches];
        while (counts.Sum() < Watches * Writes)
        {
            WatchResponse response = await NextAsync(watch);
            foreach (Event happened in response.Events)
            {
                Assert.True(happened.Kv.ModRevision > lastRevision[response.WatchId]);
                lastRevision[response.WatchId] = happened.Kv.ModRevision;
                counts[response.WatchId]++;
            }
        }
        await writing;
        Assert.All(counts, count => Assert.Equal(Writes, count));
    }

    private static WatchCreateRequest Create(string key, bool isPrefix = false) =>
        new() { Key = Bytes(key), RangeEnd = isPrefix ? Bytes(EndOf(key)) : ByteString.Empty };

    private Task<IStreamCall<IMessage, WatchResponse>> WatchAsync(params WatchCreateRequest[] creates) => WatchAsync(Client, creates);

    private static async Task<IStreamCall<IMessage, WatchResponse>> WatchAsync(ApiClient client, params WatchCreateRequest[] creates)
    {
        IStreamCall<IMessage, WatchResponse> watch = await client.OpenAsync<WatchResponse>(WatchPath);
        foreach (WatchCreateRequest create in creates)
            await SendAsync(watch, new WatchRequest { CreateRequest = create });
        return watch;
    }

    private static async Task SendAsync(IStreamCall<IMessage, WatchResponse> watch, WatchRequest request) =>
        await watch.WriteAsync(request, CancellationToken.None);

    private static async Task<WatchResponse> NextAsync(IStreamCall<IMessage, WatchResponse> watch) =>
        await watch.ReadAsync(CancellationToken.None) ?? throw new InvalidOperationException("the stream ended");

    private static async Task<List<Event>> EventsAsync(IStreamCall<IMessage, WatchResponse> watch, int count)
    {
        List<Event> events = [];
        while (events.Count < count)
            events.AddRange((await NextAsync(watch)).Events);
        return events;
    }
}
