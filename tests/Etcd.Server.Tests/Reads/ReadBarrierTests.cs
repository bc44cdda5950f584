using Etcd.Protocol.Errors;
using Etcd.Raft;
using Etcd.Server.Reads;

namespace Etcd.Server.Tests.Reads;

public sealed class ReadBarrierTests
{
    private readonly ReadBarrier _barrier;
    private int _asked;

    public ReadBarrierTests() => _barrier = new ReadBarrier(() => _asked++);

    [Fact]
    public async Task Wait_SeveralReaders_ShareOneQuestion()
    {
        Task first = _barrier.WaitAsync(CancellationToken.None), second = _barrier.WaitAsync(CancellationToken.None);
        Assert.Equal(1, _asked);
        byte[] context = _barrier.TakeBatch()!;
        Assert.Null(_barrier.TakeBatch());
        _barrier.AppliedUpTo(10);
        _barrier.IndexKnown(new ReadState(10, context));
        await Task.WhenAll(first, second).WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Wait_IndexAheadOfApply_WaitsUntilApplied()
    {
        Task reader = _barrier.WaitAsync(CancellationToken.None);
        _barrier.IndexKnown(new ReadState(10, _barrier.TakeBatch()!));
        _barrier.AppliedUpTo(9);
        Assert.False(reader.IsCompleted);
        _barrier.AppliedUpTo(10);
        await reader.WaitAsync(TimeSpan.FromSeconds(10));
    }

    /// <summary>A read that starts after the question was put to raft could miss a write that was acknowledged in between.</summary>
    [Fact]
    public async Task Wait_AfterTheBatchWasTaken_JoinsTheNextOne()
    {
        Task early = _barrier.WaitAsync(CancellationToken.None);
        byte[] context = _barrier.TakeBatch()!;
        Task late = _barrier.WaitAsync(CancellationToken.None);
        Assert.Equal(2, _asked);
        _barrier.IndexKnown(new ReadState(0, context));
        await early.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(late.IsCompleted);
        _barrier.IndexKnown(new ReadState(0, _barrier.TakeBatch()!));
        await late.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void TakeUnanswered_AfterALeaderChange_RepeatsTheOpenQuestionsInOrder()
    {
        _ = _barrier.WaitAsync(CancellationToken.None);
        byte[] first = _barrier.TakeBatch()!;
        _ = _barrier.WaitAsync(CancellationToken.None);
        byte[] second = _barrier.TakeBatch()!;
        Assert.Equal([first, second], _barrier.TakeUnanswered());
        _barrier.IndexKnown(new ReadState(1, first));
        Assert.Equal([second], _barrier.TakeUnanswered());
        _barrier.IndexKnown(new ReadState(1, first)); // The answer to the repeated question: nobody waits any more.
    }

    [Fact]
    public async Task Cancel_OneReader_LeavesTheOthersWaiting()
    {
        using var leave = new CancellationTokenSource();
        Task leaver = _barrier.WaitAsync(leave.Token), stayer = _barrier.WaitAsync(CancellationToken.None);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver);
        Assert.False(stayer.IsCompleted);
    }

    [Fact]
    public async Task Fail_ReadersInEveryState_AllEnd()
    {
        Task applying = _barrier.WaitAsync(CancellationToken.None);
        _barrier.IndexKnown(new ReadState(5, _barrier.TakeBatch()!));
        Task asked = _barrier.WaitAsync(CancellationToken.None);
        _ = _barrier.TakeBatch();
        Task gathering = _barrier.WaitAsync(CancellationToken.None);
        _barrier.Fail(EtcdError.Stopped);
        foreach (Task reader in new[] { applying, asked, gathering })
            Assert.Equal(EtcdError.Stopped, (await Assert.ThrowsAsync<EtcdException>(() => reader)).Error);
    }
}
