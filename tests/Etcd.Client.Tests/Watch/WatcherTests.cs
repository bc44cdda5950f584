using Etcd.Client.Tests.Fakes;
using Etcd.Grpc;
using Etcd.Protocol.Errors;
using Etcd.Protocol.Kv;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client.Tests.Watch;

public class WatcherTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private readonly ScriptedServer _server = new();

    [Fact]
    public async Task Next_StreamBreaksAfterEvents_ResumesBehindTheLastEvent()
    {
        await using Watcher watcher = Open(startRevision: 0);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        ScriptedStream<WatchRequest, WatchResponse> first = await _server.NextStreamAsync<WatchRequest, WatchResponse>();
        Assert.Equal(0, (await first.NextRequestAsync()).CreateRequest.StartRevision);
        first.Answer(Created(revision: 7));
        first.Answer(Events(12, 9, 10));
        Assert.Equal(2, (await next).Events.Count);

        next = watcher.NextAsync(Cancelled);
        first.End(EtcdError.NoLeader);
        ScriptedStream<WatchRequest, WatchResponse> second = await _server.NextStreamAsync<WatchRequest, WatchResponse>();

        Assert.Equal(11, (await second.NextRequestAsync()).CreateRequest.StartRevision);
        Assert.True(first.IsDisposed);
        second.Answer(Created(revision: 12));
        second.Answer(Events(12, 12));
        Assert.Equal(12, (await next).Events[0].Kv.ModRevision);
    }

    [Fact]
    public async Task Next_StreamBreaksBeforeAnyEvent_ResumesBehindTheRevisionOfCreation()
    {
        await using Watcher watcher = Open(startRevision: 0);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        ScriptedStream<WatchRequest, WatchResponse> first = await _server.NextStreamAsync<WatchRequest, WatchResponse>();
        first.Answer(Created(revision: 7));
        first.End(new GrpcStatus(StatusCode.Unavailable, "error reading from server: EOF"));

        ScriptedStream<WatchRequest, WatchResponse> second = await _server.NextStreamAsync<WatchRequest, WatchResponse>();

        Assert.Equal(8, (await second.NextRequestAsync()).CreateRequest.StartRevision);
        second.Answer(Events(9, 9));
        await next;
    }

    [Fact]
    public async Task Next_ServerEndsTheStreamWithOk_Resumes()
    {
        await using Watcher watcher = Open(startRevision: 5);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        (await _server.NextStreamAsync<WatchRequest, WatchResponse>()).End(GrpcStatus.Ok);

        ScriptedStream<WatchRequest, WatchResponse> second = await _server.NextStreamAsync<WatchRequest, WatchResponse>();

        Assert.Equal(5, (await second.NextRequestAsync()).CreateRequest.StartRevision);
        second.Answer(Events(5, 5));
        await next;
    }

    [Fact]
    public async Task Next_Progress_MovesTheResumePoint()
    {
        await using Watcher watcher = Open(startRevision: 5);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        ScriptedStream<WatchRequest, WatchResponse> stream = await _server.NextStreamAsync<WatchRequest, WatchResponse>();
        stream.Answer(Created(revision: 4));
        stream.Answer(new WatchResponse { Header = new ResponseHeader { Revision = 30 }, WatchId = -1 });

        Assert.Empty((await next).Events);
        Assert.Equal(31, watcher.NextRevision);
    }

    [Fact]
    public async Task Next_Fragments_ArriveAsOneResponse()
    {
        await using Watcher watcher = Open(startRevision: 1);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        ScriptedStream<WatchRequest, WatchResponse> stream = await _server.NextStreamAsync<WatchRequest, WatchResponse>();
        WatchResponse part = Events(3, 2);
        part.Fragment = true;
        stream.Answer(part);
        stream.Answer(Events(3, 2, 3));

        WatchResponse whole = await next;

        Assert.Equal([2, 2, 3], whole.Events.Select(change => change.Kv.ModRevision));
    }

    [Fact]
    public async Task Next_StreamBreaksInsideFragments_ForgetsTheFirstPart()
    {
        await using Watcher watcher = Open(startRevision: 1);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        ScriptedStream<WatchRequest, WatchResponse> first = await _server.NextStreamAsync<WatchRequest, WatchResponse>();
        WatchResponse part = Events(3, 2);
        part.Fragment = true;
        first.Answer(part);
        first.End(EtcdError.Stopped);

        ScriptedStream<WatchRequest, WatchResponse> second = await _server.NextStreamAsync<WatchRequest, WatchResponse>();

        Assert.Equal(1, (await second.NextRequestAsync()).CreateRequest.StartRevision);
        second.Answer(Events(3, 2, 3));
        Assert.Equal([2, 3], (await next).Events.Select(change => change.Kv.ModRevision));
    }

    [Fact]
    public async Task Next_Compacted_ThrowsWithTheRevision()
    {
        await using Watcher watcher = Open(startRevision: 1);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        ScriptedStream<WatchRequest, WatchResponse> stream = await _server.NextStreamAsync<WatchRequest, WatchResponse>();
        stream.Answer(new WatchResponse { Header = new ResponseHeader(), Canceled = true, CompactRevision = 40 });

        WatchCanceledException end = await Assert.ThrowsAsync<WatchCanceledException>(() => next);

        Assert.Equal(40, end.CompactRevision);
        Assert.True(end.Is(EtcdError.Compacted));
    }

    [Fact]
    public async Task Next_RefusedStream_ThrowsInsteadOfTryingForEver()
    {
        await using Watcher watcher = Open(startRevision: 1);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        (await _server.NextStreamAsync<WatchRequest, WatchResponse>()).End(EtcdError.PermissionDenied);

        EtcdClientException refused = await Assert.ThrowsAsync<EtcdClientException>(() => next);

        Assert.Equal(EtcdError.PermissionDenied.Message, refused.Message);
    }

    [Fact]
    public async Task RequestProgress_BeforeTheStreamIsOpen_IsSentBehindTheCreation()
    {
        await using Watcher watcher = Open(startRevision: 1);
        await watcher.RequestProgressAsync(Cancelled);
        Task<WatchResponse> next = watcher.NextAsync(Cancelled);
        ScriptedStream<WatchRequest, WatchResponse> stream = await _server.NextStreamAsync<WatchRequest, WatchResponse>();

        Assert.NotNull((await stream.NextRequestAsync()).CreateRequest);
        Assert.NotNull((await stream.NextRequestAsync()).ProgressRequest);
        stream.Answer(Events(2, 2));
        await next;
    }

    private Watcher Open(long startRevision) =>
        new EtcdClient(_server).Watch.Open("key", new WatchOptions { StartRevision = startRevision });

    private static WatchResponse Created(long revision) => new() { Created = true, Header = new ResponseHeader { Revision = revision } };

    private static WatchResponse Events(long headerRevision, params long[] revisions)
    {
        var response = new WatchResponse { Header = new ResponseHeader { Revision = headerRevision } };
        foreach (long revision in revisions)
            response.Events.Add(new Event { Kv = new KeyValue { Key = ByteString.CopyFromUtf8("key"), ModRevision = revision } });
        return response;
    }
}
