using Etcd.Bolt.Format;
using Etcd.Bolt.Pages;

namespace Etcd.Bolt.Tests;

public sealed class FreelistTests
{
    /// <summary>Transaction by transaction: takes and gives up, with the given older readers at its start.</summary>
    private static void Transaction(Freelist freelist, ulong id, ulong[] readers, Action change)
    {
        freelist.Release(readers);
        change();
        freelist.Commit(id);
    }

    [Fact]
    public void GivenUpPage_NoReaders_IsFreeInTheNextTransaction()
    {
        var freelist = new Freelist(10);
        Transaction(freelist, 11, [], () => Assert.True(freelist.TryGiveUp(new PageId(7), 2)));
        Assert.Equal((0, 2), (freelist.FreePages, freelist.PendingPages));
        Transaction(freelist, 12, [], () =>
        {
            Assert.True(freelist.TryTake(2, 12, out PageId first));
            Assert.Equal(7UL, first.Number);
        });
    }

    [Fact]
    public void GivenUpPage_ReaderOfAnEarlierState_StaysPendingUntilItLeaves()
    {
        var freelist = new Freelist(10);
        Transaction(freelist, 11, [], () => freelist.TryGiveUp(new PageId(7), 1));
        Transaction(freelist, 12, [10], static () => { });
        Transaction(freelist, 13, [10, 12], static () => { });
        Assert.Equal(1, freelist.PendingPages);
        Transaction(freelist, 14, [12], static () => { }); // A reader of 12 never saw the page.
        Assert.Equal(1, freelist.FreePages);
    }

    [Fact]
    public void PageTakenAndGivenUpAfterTheLongReader_IsNotPinnedByIt()
    {
        var freelist = new Freelist(10);
        freelist.NoteAllocation(first: 20, 1, transactionId: 12);
        Transaction(freelist, 13, [10], () => freelist.TryGiveUp(new PageId(20), 1)); // Seen by state 12 only.
        Transaction(freelist, 14, [10, 12], static () => { });
        Assert.Equal(1, freelist.PendingPages);
        Transaction(freelist, 15, [10], static () => { });
        Assert.Equal(1, freelist.FreePages);
    }

    [Fact]
    public void Rollback_UndoesTakingAndGivingUp()
    {
        var freelist = new Freelist(10);
        freelist.AddFree(5);
        freelist.AddFree(6);
        freelist.Release([]);
        Assert.True(freelist.TryTake(2, 11, out _));
        Assert.True(freelist.TryGiveUp(new PageId(9), 3));
        freelist.Rollback();
        Assert.Equal((2, 0), (freelist.FreePages, freelist.PendingPages));
        Assert.True(freelist.IsFree(5) && freelist.IsFree(6));
    }

    [Fact]
    public void TryGiveUp_PageThatIsFreeOrPending_IsNoticedAndChangesNothing()
    {
        var freelist = new Freelist(10);
        freelist.AddFree(5);
        Assert.False(freelist.TryGiveUp(new PageId(4), 2));
        Assert.False(freelist.IsPending(4));
        Assert.True(freelist.TryGiveUp(new PageId(4), 1));
        Assert.False(freelist.TryGiveUp(new PageId(3), 2));
        Assert.Equal(1, freelist.PendingPages);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(65_534)]
    [InlineData(65_535)]
    [InlineData(70_000)]
    public unsafe void Store_AnyCount_HasBboltsLayout(int count)
    {
        var freelist = new Freelist(10);
        for (int i = 0; i < count; i++)
            freelist.AddFree((ulong)(i * 2) + 3);
        byte[] page = new byte[freelist.StoredBytes];
        freelist.Store(page, new PageId(2), 0);
        bool isLong = count >= 0xFFFF;
        Assert.Equal(isLong ? 0xFFFF : count, BitConverter.ToUInt16(page, 10));
        Assert.Equal(PageFormat.FreelistFlag, BitConverter.ToUInt16(page, 8));
        if (isLong)
            Assert.Equal((ulong)count, BitConverter.ToUInt64(page, 16));
        for (int i = 0; i < count; i++)
            Assert.Equal((ulong)(i * 2) + 3, BitConverter.ToUInt64(page, 16 + ((isLong ? i + 1 : i) * 8)));
    }

    [Fact]
    public void Bitmap_RandomOperations_MatchesASortedSet()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var bitmap = new PageBitmap();
            var twin = new SortedSet<ulong>();
            for (int i = 0; i < 500; i++)
            {
                ulong page = (ulong)random.Next(random.Next(2) == 0 ? 100 : 700);
                switch (random.Next(5))
                {
                    case 0:
                        bitmap.Remove(page);
                        twin.Remove(page);
                        break;
                    case 1:
                        long length = random.Next(1, random.Next(2) == 0 ? 4 : 140);
                        bool isTaken = bitmap.TryTakeRun(length, out ulong first);
                        ulong? expected = LowestRun(twin, length);
                        Assert.True(expected == (isTaken ? first : null), $"seed {seed}, step {i}: run of {length}: expected {expected}, found {first}");
                        for (ulong p = first; isTaken && p < first + (ulong)length; p++)
                            twin.Remove(p);
                        break;
                    default:
                        Assert.Equal(twin.Add(page), bitmap.Add(page));
                        break;
                }
                Assert.Equal(twin.Count, bitmap.Count);
            }
            Assert.Equal(twin, bitmap.Members());
        }
    }

    private static ulong? LowestRun(SortedSet<ulong> pages, long length)
    {
        long run = 0;
        ulong before = ulong.MaxValue - 1;
        foreach (ulong page in pages)
        {
            run = page == before + 1 ? run + 1 : 1;
            if (run == length)
                return page + 1 - (ulong)length;
            before = page;
        }
        return null;
    }
}
