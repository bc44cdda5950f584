using Etcd.Protocol.Errors;
using Etcd.Server.Proposals;
using Etcd.Store.Apply;

namespace Etcd.Server.Tests.Proposals;

public sealed class ProposalTableTests
{
    private const int RingSize = 1 << 16;

    private readonly ProposalTable _table = new();

    [Fact]
    public async Task Claim_WaitingRequest_GetsTheAnswerOnce()
    {
        ValueTask<ApplyResult> answer = _table.Wait(7, 0, CancellationToken.None);
        Assert.Equal(1, _table.Waiting);
        PendingRequest? request = _table.Claim(7, ApplyResult.Done(42));
        Assert.NotNull(request);
        Assert.Null(_table.Claim(7, ApplyResult.Done(43)));
        Assert.False(answer.IsCompleted);
        request.Complete();
        Assert.Equal(42, (await answer).Revision);
        Assert.Equal(0, _table.Waiting);
    }

    [Fact]
    public void Claim_UnknownId_FindsNobody()
    {
        _ = _table.Wait(7, 0, CancellationToken.None).AsTask();
        Assert.Null(_table.Claim(8, ApplyResult.Done(1)));
        Assert.Null(_table.Claim(7 + RingSize, ApplyResult.Done(1)));
        Assert.Equal(1, _table.Waiting);
    }

    [Fact]
    public async Task Wait_IdsThatShareASlot_EachGetsItsOwnAnswer()
    {
        ulong[] ids = [5, 5 + RingSize, 5 + 2 * RingSize];
        Task<ApplyResult>[] answers = [.. ids.Select(id => _table.Wait(id, 0, CancellationToken.None).AsTask())];
        foreach (ulong id in ids.Reverse())
            _table.Claim(id, ApplyResult.Done((long)id))!.Complete();
        ApplyResult[] results = await Task.WhenAll(answers);
        Assert.Equal(ids.Select(static id => (long)id), results.Select(static r => r.Revision));
        Assert.Equal(0, _table.Waiting);
    }

    [Fact]
    public async Task Cancel_WaitingRequest_EndsTheWaitAndFreesTheId()
    {
        using var cancelled = new CancellationTokenSource();
        Task<ApplyResult> answer = _table.Wait(7, 0, cancelled.Token).AsTask();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Null(_table.Claim(7, ApplyResult.Done(1)));
        Assert.Equal(0, _table.Waiting);
    }

    [Fact]
    public async Task Cancel_AfterTheAnswer_DoesNotTouchTheNextUseOfTheRequest()
    {
        using var first = new CancellationTokenSource();
        ValueTask<ApplyResult> answer = _table.Wait(1, 0, first.Token);
        _table.Claim(1, ApplyResult.Done(1))!.Complete();
        await answer;
        ValueTask<ApplyResult> next = _table.Wait(2, 0, CancellationToken.None); // The pooled request again.
        await first.CancelAsync();
        Assert.False(next.IsCompleted);
        _table.Claim(2, ApplyResult.Done(2))!.Complete();
        Assert.Equal(2, (await next).Revision);
    }

    [Fact]
    public async Task Wait_TokenCancelledBefore_EndsAtOnce()
    {
        ValueTask<ApplyResult> answer = _table.Wait(7, 0, new CancellationToken(canceled: true));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer.AsTask());
        Assert.Equal(0, _table.Waiting);
    }

    [Fact]
    public async Task RefuseStartedBefore_OldAndNew_RefusesOnlyTheOld()
    {
        Task<ApplyResult> old = _table.Wait(1, 100, CancellationToken.None).AsTask();
        Task<ApplyResult> oldInOverflow = _table.Wait(1 + RingSize, 100, CancellationToken.None).AsTask();
        Task<ApplyResult> young = _table.Wait(2, 200, CancellationToken.None).AsTask();
        _table.RefuseStartedBefore(200, static _ => EtcdError.Timeout);
        Assert.Equal(EtcdError.Timeout, (await old).Error);
        Assert.Equal(EtcdError.Timeout, (await oldInOverflow).Error);
        Assert.False(young.IsCompleted);
        Assert.Equal(1, _table.Waiting);
    }

    /// <summary>Apply, cancellation and the sweep race for the same requests: each completes exactly once.</summary>
    [Fact]
    public async Task Claim_RacesWithCancelAndSweep_EveryRequestCompletesOnce()
    {
        const int requests = 20_000;
        int answered = 0, cancelled = 0;
        for (ulong start = 1; start < requests; start += 100)
        {
            ulong first = start;
            using var leave = new CancellationTokenSource();
            Task[] waits = [.. Enumerable.Range(0, 100).Select(i => Count(_table.Wait(first + (ulong)i, 0, i % 3 == 0 ? leave.Token : CancellationToken.None)))];
            Task apply = Task.Run(() =>
            {
                for (ulong i = 0; i < 100; i++)
                    _table.Claim(first + i, ApplyResult.Done((long)(first + i)))?.Complete();
            });
            Task sweep = Task.Run(() => _table.RefuseStartedBefore(1, static _ => EtcdError.Timeout));
            await leave.CancelAsync();
            await Task.WhenAll([apply, sweep, .. waits]).WaitAsync(TimeSpan.FromSeconds(20));
        }
        Assert.Equal(requests, answered + cancelled);
        Assert.Equal(0, _table.Waiting);

        async Task Count(ValueTask<ApplyResult> wait)
        {
            try
            {
                await wait;
                Interlocked.Increment(ref answered);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref cancelled);
            }
        }
    }
}
