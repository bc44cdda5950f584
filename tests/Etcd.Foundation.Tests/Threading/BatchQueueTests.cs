using Etcd.Foundation.Threading;

namespace Etcd.Foundation.Tests.Threading;

public sealed class BatchQueueTests
{
    private int _wakes;

    [Fact]
    public void Add_SeveralBeforeATake_WakesOnceAndKeepsOrder()
    {
        var queue = new BatchQueue<int>(() => _wakes++);
        Assert.True(queue.Add(1) && queue.Add(2) && queue.Add(3));
        Assert.Equal(1, _wakes);
        Assert.Equal([1, 2, 3], queue.TakeAll());
        Assert.Empty(queue.TakeAll());
        queue.Add(4);
        Assert.Equal(2, _wakes);
        Assert.Equal(1, queue.Count);
    }

    [Fact]
    public void Close_ThenAdd_IsRefusedButWhatWaitsIsTaken()
    {
        var queue = new BatchQueue<int>(() => { });
        queue.Add(1);
        queue.Close();
        Assert.False(queue.Add(2));
        Assert.Equal([1], queue.TakeAll());
    }
}
