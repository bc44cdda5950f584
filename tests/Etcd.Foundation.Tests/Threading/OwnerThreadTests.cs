using Etcd.Foundation.Threading;

namespace Etcd.Foundation.Tests.Threading;

public sealed class OwnerThreadTests
{
    [Fact]
    public void Stop_ManyProducers_NothingThatWasAddedIsLost()
    {
        const int producers = 8, items = 20_000;
        var sums = new long[producers];
        OwnerThread? owner = null;
        var queue = new BatchQueue<(int Producer, int Item)>(() => owner!.Wake());
        owner = new OwnerThread("owner", Step, static exception => throw exception);
        owner.Start();
        Parallel.For(0, producers, producer =>
        {
            for (int item = 1; item <= items; item++)
                queue.Add((producer, item));
        });
        owner.Stop();
        Assert.All(sums, static sum => Assert.Equal(items, sum));
        owner.Dispose();

        void Step()
        {
            foreach ((int producer, int item) in queue.TakeAll())
            {
                Assert.Equal(sums[producer] + 1, item); // In order, per producer.
                sums[producer] = item;
            }
        }
    }

    [Fact]
    public void Step_Throws_IsReportedOnceAndEndsTheThread()
    {
        int steps = 0;
        var failures = new List<Exception>();
        using var failed = new ManualResetEventSlim();
        using var owner = new OwnerThread("owner", Step, exception =>
        {
            failures.Add(exception);
            failed.Set();
        });
        owner.Start();
        Assert.True(failed.Wait(TimeSpan.FromSeconds(20)));
        owner.Wake();
        owner.Stop();
        Assert.Equal(1, steps);
        Assert.IsType<InvalidOperationException>(Assert.Single(failures));

        void Step()
        {
            steps++;
            throw new InvalidOperationException("broken");
        }
    }
}
