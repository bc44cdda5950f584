using System.Text;
using Etcd.Protocol.Errors;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Tests.Apply;

namespace Etcd.Store.Tests.Lease;

public sealed class LessorTests
{
    private static readonly LessorOptions s_options = new() { ExpiredRetryInterval = TimeSpan.FromSeconds(7), CheckpointInterval = TimeSpan.FromMinutes(5) };

    private readonly MemoryBackend _backend = new();
    private readonly Lessor _lessor;

    public LessorTests() => _lessor = new Lessor(_backend, s_options);

    [Fact]
    public void Grant_RefusalsInOrder()
    {
        Assert.Equal(EtcdError.LeaseNotFound, Grant(0, 10));
        Assert.Equal(EtcdError.LeaseTtlTooLarge, Grant(1, 9_000_000_001));
        Assert.Null(Grant(1, 9_000_000_000));
        Assert.Equal(EtcdError.LeaseExists, Grant(1, 10));
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(0, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    public void Grant_ShortTtl_IsRaisedToTheMinimum(long asked, long granted)
    {
        Assert.Null(_lessor.Grant(1, asked, TimeSpan.Zero, out long seconds));
        Assert.Equal(granted, seconds);
    }

    [Fact]
    public void Grant_StoresGoBytes()
    {
        Assert.Null(Grant(0x0102030405060708, 300));
        Assert.Equal(["0102030405060708=08888e98a8c0e080810110ac02"], _backend.Dump(Bucket.Lease));
        _lessor.Remove(0x0102030405060708);
        Assert.Empty(_backend.Dump(Bucket.Lease));
    }

    [Fact]
    public void Advance_OnFollower_NothingExpires()
    {
        Assert.Null(Grant(1, 2));
        Assert.Empty(_lessor.Advance(At(1_000_000)));
        Assert.Equal(RenewOutcome.NotPrimary, _lessor.Renew(1, At(0), out _));
    }

    [Fact]
    public void Advance_Expired_OldestFirst_AgainOnlyAfterTheRetryInterval()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(3, 4));
        Assert.Null(Grant(2, 2));
        Assert.Null(Grant(1, 2));
        Assert.Empty(_lessor.Advance(At(1.999)));
        Assert.Equal([1, 2], _lessor.Advance(At(2)));
        Assert.Empty(_lessor.Advance(At(3)));
        Assert.Equal([3, 1, 2], _lessor.Advance(At(9)));
        _lessor.Remove(1);
        Assert.Equal([2, 3], _lessor.Advance(At(16)));
    }

    [Fact]
    public void Advance_ManyExpired_HasALimit()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        for (int id = 1; id <= 1200; id++)
            Assert.Null(Grant(id, 2));
        Assert.Equal(Enumerable.Range(1, 500).Select(static id => (long)id), _lessor.Advance(At(2)));
        Assert.Equal(501, _lessor.Advance(At(2.5))[0]);
        Assert.Equal(200, _lessor.Advance(At(3)).Count);
    }

    [Fact]
    public void Renew_Primary_StartsOver()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(1, 10));
        Assert.Equal(RenewOutcome.Renewed, _lessor.Renew(1, At(9), out long ttl));
        Assert.Equal(10, ttl);
        Assert.Empty(_lessor.Advance(At(18.9)));
        Assert.Equal([1], _lessor.Advance(At(19)));
        Assert.Equal(RenewOutcome.Expired, _lessor.Renew(1, At(19), out ttl));
        Assert.Equal(0, ttl);
        _lessor.Remove(1);
        Assert.Equal(RenewOutcome.NotFound, _lessor.Renew(1, At(19), out _));
    }

    [Fact]
    public void Renew_CheckpointedLease_NeedsTheResetFirst()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(1, 1000));
        _lessor.Checkpoint(new LeaseCheckpoint(1, 600), persist: false, At(400));
        Assert.Equal(RenewOutcome.NeedsCheckpointReset, _lessor.Renew(1, At(401), out _));
        _lessor.Checkpoint(new LeaseCheckpoint(1, 0), persist: false, At(401));
        Assert.Equal(RenewOutcome.Renewed, _lessor.Renew(1, At(401), out _));
        Assert.Equal(1000, _lessor.TimeToLive(1, withKeys: false, At(401))!.Value.RemainingSeconds);
    }

    [Fact]
    public void TimeToLive_RoundsDown_NullWhenExpiredOrUnknown()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(1, 10));
        _lessor.Attach(1, Key("b"));
        _lessor.Attach(1, Key("a"));
        LeaseStatus status = _lessor.TimeToLive(1, withKeys: true, At(0.001))!.Value;
        Assert.Equal(9, status.RemainingSeconds);
        Assert.Equal(10, status.GrantedSeconds);
        Assert.Equal(["a", "b"], status.Keys.Select(Text));
        Assert.Empty(_lessor.TimeToLive(1, withKeys: false, At(0.001))!.Value.Keys);
        Assert.Null(_lessor.TimeToLive(1, withKeys: false, At(10)));
        Assert.Null(_lessor.TimeToLive(2, withKeys: false, At(0)));
    }

    [Fact]
    public void List_SoonestFirst()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(1, 30));
        Assert.Null(Grant(2, 10));
        Assert.Null(Grant(3, 20));
        Assert.Equal([2, 3, 1], _lessor.List());
    }

    [Fact]
    public void Attach_KeyOfAnotherLease_Moves()
    {
        Assert.Null(Grant(1, 10));
        Assert.Null(Grant(2, 10));
        _lessor.Attach(1, Key("a"));
        _lessor.Attach(1, Key("b"));
        _lessor.Attach(2, Key("a"));
        Assert.Equal(["b"], _lessor.KeysOf(1)!.Select(Text));
        Assert.Equal(["a"], _lessor.KeysOf(2)!.Select(Text));
        _lessor.Detach(1, Key("a"));
        Assert.Equal(["a"], _lessor.KeysOf(2)!.Select(Text));
        _lessor.Detach(2, Key("a"));
        Assert.Empty(_lessor.KeysOf(2)!);
        _lessor.Attach(9, Key("a"));
        Assert.Null(_lessor.KeysOf(9));
    }

    // A key that came out of a large request must not keep the request alive, nor change with the buffer.
    [Fact]
    public void Attach_SliceOfABuffer_IsCopied()
    {
        Assert.Null(Grant(1, 10));
        byte[] request = "xxkeyxx"u8.ToArray();
        _lessor.Attach(1, request.AsMemory(2, 3));
        request.AsSpan().Clear();
        Assert.Equal(["key"], _lessor.KeysOf(1)!.Select(Text));
        _lessor.Detach(1, Key("key"));
        Assert.Empty(_lessor.KeysOf(1)!);
    }

    [Fact]
    public void Remove_ThenGrantAgain_HasNoOldKeys()
    {
        Assert.Null(Grant(1, 10));
        _lessor.Attach(1, Key("a"));
        _lessor.Remove(1);
        Assert.Null(Grant(1, 10));
        Assert.Empty(_lessor.KeysOf(1)!);
        _lessor.Detach(1, Key("a"));
    }

    [Fact]
    public void New_FromDatabase_LeasesWaitForPromotion()
    {
        Assert.Null(Grant(1, 100));
        Assert.Null(Grant(2, 100));
        _lessor.Checkpoint(new LeaseCheckpoint(2, 40), persist: true, At(0));
        var again = new Lessor(_backend, s_options with { MinimumTtlSeconds = 50 });
        Assert.Equal(2, again.Count);
        again.Promote(At(1000), TimeSpan.FromSeconds(1));
        Assert.Equal(101, again.TimeToLive(1, withKeys: false, At(1000))!.Value.RemainingSeconds);
        Assert.Equal(41, again.TimeToLive(2, withKeys: false, At(1000))!.Value.RemainingSeconds);
        var strict = new Lessor(_backend, s_options with { MinimumTtlSeconds = 500 });
        strict.Promote(At(0), TimeSpan.Zero);
        Assert.Equal(500, strict.TimeToLive(1, withKeys: false, At(0))!.Value.GrantedSeconds);
    }

    [Fact]
    public void New_DamagedRecord_IsCorrupt()
    {
        _backend.Put(Bucket.Lease, new byte[8], new byte[] { 0x0f });
        Assert.Throws<Foundation.CorruptException>(() => new Lessor(_backend, s_options));
    }

    [Fact]
    public void Demote_ThenPromote_StartsOver()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(1, 10));
        _lessor.Demote();
        Assert.False(_lessor.IsPrimary);
        Assert.Empty(_lessor.Advance(At(100)));
        _lessor.Promote(At(100), TimeSpan.FromSeconds(1));
        Assert.Equal([1], _lessor.Advance(At(111)));
    }

    // etcd: at most 750 of the leases that would end in one second stay there; the rest is moved back in proportion.
    [Fact]
    public void Promote_ManyLeasesOfOneTtl_SpreadOverTime()
    {
        const int Leases = 3000;
        for (int id = 1; id <= Leases; id++)
            Assert.Null(Grant(id, 10));
        _lessor.Promote(At(0), TimeSpan.FromSeconds(1));
        int[] expiringPerSecond = new int[60];
        foreach (long id in _lessor.List())
            expiringPerSecond[_lessor.TimeToLive(id, withKeys: false, At(0))!.Value.RemainingSeconds]++;
        Assert.Equal(0, expiringPerSecond[..11].Sum());
        Assert.Equal(750, expiringPerSecond[11]);
        Assert.Equal(Leases, expiringPerSecond.Sum());
        Assert.All(expiringPerSecond, static count => Assert.InRange(count, 0, 751));
        Assert.Equal(Leases, _lessor.List().Length);
    }

    [Fact]
    public void Promote_FewLeases_NotSpread()
    {
        for (int id = 1; id <= 999; id++)
            Assert.Null(Grant(id, 10));
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.All(_lessor.List(), id => Assert.Equal(10, _lessor.TimeToLive(id, withKeys: false, At(0))!.Value.RemainingSeconds));
    }

    [Fact]
    public void DueCheckpoints_LongLease_EveryIntervalUntilItEnds()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(1, 1000));
        Assert.Null(Grant(2, 300)); // Not longer than the interval: never checkpointed.
        Assert.Empty(_lessor.DueCheckpoints(At(299)));
        Assert.Equal([new LeaseCheckpoint(1, 699)], _lessor.DueCheckpoints(At(301.5)));
        Assert.Empty(_lessor.DueCheckpoints(At(400)));
        _lessor.Checkpoint(new LeaseCheckpoint(1, 699), persist: false, At(302));
        Assert.Equal([new LeaseCheckpoint(1, 398)], _lessor.DueCheckpoints(At(602)));
        _lessor.Checkpoint(new LeaseCheckpoint(1, 398), persist: false, At(602));
        Assert.Equal([new LeaseCheckpoint(1, 98)], _lessor.DueCheckpoints(At(902)));
        _lessor.Checkpoint(new LeaseCheckpoint(1, 98), persist: false, At(902));
        Assert.Empty(_lessor.DueCheckpoints(At(5000)));
    }

    [Fact]
    public void DueCheckpoints_RenewedLease_IsAskedAgainLater()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(1, 1000));
        _lessor.Renew(1, At(299.9), out _);
        Assert.Empty(_lessor.DueCheckpoints(At(300)));
        Assert.Equal([new LeaseCheckpoint(1, 699)], _lessor.DueCheckpoints(At(601)));
    }

    [Fact]
    public void DueCheckpoints_Many_HasALimit_AndNoDuplicates()
    {
        for (int id = 1; id <= 2500; id++)
            Assert.Null(Grant(id, 1000));
        _lessor.Promote(At(0), TimeSpan.Zero);
        List<LeaseCheckpoint> due = [];
        for (int round = 0; round < 4; round++)
            due.AddRange(_lessor.DueCheckpoints(At(300)));
        Assert.Equal(2500, due.Count);
        Assert.Equal(2500, due.Select(static checkpoint => checkpoint.LeaseId).Distinct().Count());
    }

    [Fact]
    public void Checkpoint_Persisted_GoBytes()
    {
        Assert.Null(Grant(1, 300));
        _lessor.Checkpoint(new LeaseCheckpoint(1, 5), persist: false, At(0));
        Assert.Equal(["0000000000000001=080110ac02"], _backend.Dump(Bucket.Lease));
        _lessor.Checkpoint(new LeaseCheckpoint(1, 5), persist: true, At(0));
        Assert.Equal(["0000000000000001=080110ac021805"], _backend.Dump(Bucket.Lease));
        _lessor.Checkpoint(new LeaseCheckpoint(7, 5), persist: true, At(0));
        Assert.Single(_backend.Dump(Bucket.Lease));
    }

    // Request threads keep alive and ask while the apply thread grants, attaches and removes.
    [Fact]
    public void ManyThreads_LeaseThatStays_IsNeverLost()
    {
        _lessor.Promote(At(0), TimeSpan.Zero);
        Assert.Null(Grant(1, 100));
        _lessor.Attach(1, Key("stays"));
        using var done = new CancellationTokenSource();
        Thread[] readers = [.. Enumerable.Range(0, 3).Select(number => new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                bool isWhole = _lessor.Renew(1, At(1), out _) == RenewOutcome.Renewed
                    && _lessor.TimeToLive(1, withKeys: true, At(1)) is { Keys.Count: 1 }
                    && _lessor.List().Contains(1);
                if (!isWhole)
                    _lessor.Remove(1); // Seen by the assertion below.
                _lessor.Renew(2 + number, At(1), out _);
            }
        }))];
        foreach (Thread reader in readers)
            reader.Start();
        for (int i = 0; i < 3000; i++)
        {
            Assert.Null(Grant(2 + i % 50, 10));
            _lessor.Attach(2 + i % 50, Key($"k{i % 20}"));
            _lessor.Remove(2 + i % 50);
        }
        done.Cancel();
        foreach (Thread reader in readers)
            reader.Join();
        Assert.Equal([1], _lessor.List());
        Assert.Equal(["stays"], _lessor.KeysOf(1)!.Select(Text));
    }

    private EtcdError? Grant(long id, long ttl) => _lessor.Grant(id, ttl, TimeSpan.Zero, out _);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    private static ReadOnlyMemory<byte> Key(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(ReadOnlyMemory<byte> key) => Encoding.UTF8.GetString(key.Span);
}
