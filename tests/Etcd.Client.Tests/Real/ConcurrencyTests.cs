using Etcd.Protocol.Errors;
using Etcd.Protocol.Rpc;
using Google.Protobuf;

namespace Etcd.Client.Tests.Real;

public class ConcurrencyTests(RealEtcdFixture fixture)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Mutex_ManyContenders_OneAtATimeAndAllGetIt()
    {
        int inside = 0;
        int turns = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using EtcdClient client = await fixture.ClientAsync();
            await using Session session = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
            var mutex = new EtcdMutex(session, "lock/many");
            await mutex.LockAsync(Cancelled);
            Assert.Equal(1, Interlocked.Increment(ref inside));
            Assert.True((await client.Kv.Txn().If(mutex.IsOwner()).CommitAsync(Cancelled)).Succeeded);
            turns++;
            Interlocked.Decrement(ref inside);
            await mutex.UnlockAsync(Cancelled);
        }));

        Assert.Equal(8, turns);
    }

    [Fact]
    public async Task Mutex_HeldByOther_TryFailsAndLeavesNoTrace()
    {
        using EtcdClient client = await fixture.ClientAsync();
        await using Session holder = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        await using Session other = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        var held = new EtcdMutex(holder, "lock/try");
        Assert.True(await held.TryLockAsync(Cancelled));

        Assert.False(await new EtcdMutex(other, "lock/try").TryLockAsync(Cancelled));

        Assert.Equal(held.Key, (await client.Kv.RangeAsync(KeyRange.Prefix("lock/try/"), Cancelled)).Kvs.Single().Key);
    }

    [Fact]
    public async Task Mutex_WaitCancelled_GivesItsPlaceUp()
    {
        using EtcdClient client = await fixture.ClientAsync();
        await using Session holder = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        await using Session waiter = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        await new EtcdMutex(holder, "lock/cancel").LockAsync(Cancelled);
        using var giveUp = new CancellationTokenSource();
        Task waiting = new EtcdMutex(waiter, "lock/cancel").LockAsync(giveUp.Token);
        await UntilAsync(async () => (await client.Kv.RangeAsync(KeyRange.Prefix("lock/cancel/"), Cancelled)).Kvs.Count == 2);

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await UntilAsync(async () => (await client.Kv.RangeAsync(KeyRange.Prefix("lock/cancel/"), Cancelled)).Kvs.Count == 1);
    }

    // The key may be written although the answer came too late: a place that nobody stands in would hold up all others.
    [Fact]
    public async Task Mutex_CancelledWhileEntering_LeavesNoKeyBehind()
    {
        using EtcdClient client = await fixture.ClientAsync();
        await using Session holder = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        await using Session waiter = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        await new EtcdMutex(holder, "lock/late").LockAsync(Cancelled);
        for (int round = 0; round < 20; round++)
        {
            using var giveUp = new CancellationTokenSource();
            Task waiting = new EtcdMutex(waiter, "lock/late").LockAsync(giveUp.Token);
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        }
        await UntilAsync(async () => (await client.Kv.RangeAsync(KeyRange.Prefix("lock/late/"), Cancelled)).Kvs.Count == 1);
    }

    [Fact]
    public async Task Mutex_HolderLosesItsLease_NextGetsIt()
    {
        using EtcdClient client = await fixture.ClientAsync();
        await using Session holder = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        await using Session waiter = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        await new EtcdMutex(holder, "lock/lost").LockAsync(Cancelled);
        Task waiting = new EtcdMutex(waiter, "lock/lost").LockAsync(Cancelled);

        await client.Lease.RevokeAsync(holder.LeaseId, Cancelled);

        await waiting;
    }

    [Fact]
    public async Task Election_LeaderResigns_NextIsObserved()
    {
        using EtcdClient client = await fixture.ClientAsync();
        await using Session one = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        await using Session two = await Session.StartAsync(client, ttlSeconds: 30, Cancelled);
        var first = new Election(client, "election/two");
        var second = new Election(client, "election/two");
        EtcdClientException nobody = await Assert.ThrowsAsync<EtcdClientException>(() => first.LeaderAsync(Cancelled));
        Assert.True(nobody.Is(EtcdError.ElectionNoLeader));
        await using IAsyncEnumerator<RangeResponse> observed = new Election(client, "election/two").ObserveAsync(Cancelled).GetAsyncEnumerator(Cancelled);

        await first.CampaignAsync(one, Text("one"), Cancelled);
        Assert.Equal("one", await NextLeaderAsync(observed, "one"));
        Task campaigning = second.CampaignAsync(two, Text("two"), Cancelled);
        await first.ProclaimAsync(Text("still one"), Cancelled);
        Assert.Equal("still one", await NextLeaderAsync(observed, "still one"));

        await first.ResignAsync(Cancelled);
        await campaigning;

        Assert.Equal("two", await NextLeaderAsync(observed, "two"));
        Assert.Equal("two", (await first.LeaderAsync(Cancelled)).Kvs[0].Value.ToStringUtf8());
        EtcdClientException lost = await Assert.ThrowsAsync<EtcdClientException>(() => first.ProclaimAsync(Text("late"), Cancelled));
        Assert.True(lost.Is(EtcdError.ElectionNotLeader));
    }

    [Theory]
    [InlineData(StmIsolation.SerializableSnapshot)]
    [InlineData(StmIsolation.Serializable)]
    [InlineData(StmIsolation.RepeatableReads)]
    public async Task Stm_ConcurrentTransfers_LoseNothing(StmIsolation isolation)
    {
        using EtcdClient client = await fixture.ClientAsync();
        string a = $"stm/{isolation}/a";
        string b = $"stm/{isolation}/b";
        await client.Kv.PutAsync(a, "100", Cancelled);
        await client.Kv.PutAsync(b, "100", Cancelled);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(async worker =>
        {
            for (int i = 0; i < 10; i++)
            {
                await Stm.RunAsync(client, isolation, async (transaction, cancellationToken) =>
                {
                    int left = int.Parse((await transaction.GetAsync(a, cancellationToken))!);
                    int right = int.Parse((await transaction.GetAsync(b, cancellationToken))!);
                    transaction.Put(a, $"{left - worker}");
                    transaction.Put(b, $"{right + worker}");
                }, Cancelled);
            }
        }));

        Assert.Equal("40", (await client.Kv.GetAsync(a, Cancelled))!.Value.ToStringUtf8());
        Assert.Equal("160", (await client.Kv.GetAsync(b, Cancelled))!.Value.ToStringUtf8());
    }

    [Fact]
    public async Task Stm_SeesItsOwnWritesAndDeletes()
    {
        using EtcdClient client = await fixture.ClientAsync();

        await Stm.RunAsync(client, StmIsolation.Serializable, async (transaction, cancellationToken) =>
        {
            Assert.Null(await transaction.GetAsync("stm/own", cancellationToken));
            transaction.Put("stm/own", "1");
            Assert.Equal("1", await transaction.GetAsync("stm/own", cancellationToken));
            transaction.Delete("stm/own");
            Assert.Null(await transaction.GetAsync("stm/own", cancellationToken));
        }, Cancelled);
    }

    // Observing may skip what lasted only a moment, never what stays.
    private static async Task<string> NextLeaderAsync(IAsyncEnumerator<RangeResponse> observed, string wanted)
    {
        while (await observed.MoveNextAsync())
        {
            string value = observed.Current.Kvs[0].Value.ToStringUtf8();
            if (value == wanted)
                return value;
        }
        return "";
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(10, Cancelled);
    }

    private static ByteString Text(string text) => ByteString.CopyFromUtf8(text);
}
