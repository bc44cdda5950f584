using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

public sealed class CursorTests
{
    private const int Count = 900;

    private static byte[] Key(int i) => [(byte)(i >> 8), (byte)i];

    /// <summary>Even keys only; a tree of three levels.</summary>
    private static BoltDatabase OpenFilled(int count = Count)
    {
        BoltDatabase database = BoltDatabase.Open(new CrashDisk(1), "/db", new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 1024 });
        using BoltWriteTransaction write = database.BeginWrite();
        BoltWriteBucket bucket = write.CreateBucket("b"u8);
        for (int i = 0; i < count; i++)
            bucket.Put(Key(i * 2), new byte[i % 70]);
        write.Commit();
        return database;
    }

    [Fact]
    public void FirstAndNext_VisitEverythingInOrder_AndStopForGood()
    {
        using BoltDatabase database = OpenFilled();
        using BoltReadTransaction read = database.BeginRead();
        BoltCursor cursor = read.Bucket("b"u8).Cursor();
        Assert.False(cursor.Next());
        Assert.True(cursor.Key.IsEmpty);
        bool isAt = cursor.First();
        for (int i = 0; i < Count; i++, isAt = cursor.Next())
        {
            Assert.True(isAt);
            Assert.Equal(Key(i * 2), cursor.Key);
            Assert.Equal(i % 70, cursor.Value.Length);
        }
        Assert.False(isAt);
        Assert.False(cursor.Next());
        Assert.False(cursor.Previous());
        Assert.True(cursor.Key.IsEmpty);
    }

    [Fact]
    public void LastAndPrevious_VisitEverythingBackwards()
    {
        using BoltDatabase database = OpenFilled();
        using BoltReadTransaction read = database.BeginRead();
        BoltCursor cursor = read.Bucket("b"u8).Cursor();
        bool isAt = cursor.Last();
        for (int i = Count - 1; i >= 0; i--, isAt = cursor.Previous())
        {
            Assert.True(isAt);
            Assert.Equal(Key(i * 2), cursor.Key);
        }
        Assert.False(isAt);
    }

    [Fact]
    public void Seek_MissingKey_FindsTheNextOne()
    {
        using BoltDatabase database = OpenFilled();
        using BoltReadTransaction read = database.BeginRead();
        BoltCursor cursor = read.Bucket("b"u8).Cursor();
        for (int i = 0; i < (Count * 2) - 1; i++)
        {
            Assert.True(cursor.Seek(Key(i)));
            Assert.Equal(Key((i + 1) / 2 * 2), cursor.Key);
            if (i > 0)
            {
                Assert.True(cursor.Previous() || i <= 1);
                Assert.Equal(i <= 1 && cursor.Key.IsEmpty ? [] : Key(((i + 1) / 2 * 2) - 2), cursor.Key);
            }
        }
        Assert.False(cursor.Seek(Key((Count * 2) - 1)));
        Assert.True(cursor.Seek(default));
        Assert.Equal(Key(0), cursor.Key);
    }

    [Fact]
    public void Cursor_OverEmptyBucket_FindsNothing()
    {
        using BoltDatabase database = OpenFilled(0);
        using BoltReadTransaction read = database.BeginRead();
        BoltCursor cursor = read.Bucket("b"u8).Cursor();
        Assert.False(cursor.First());
        Assert.False(cursor.Last());
        Assert.False(cursor.Seek("x"u8));
    }

    [Fact]
    public void Cursor_OfAWriteTransaction_GoesOnFromItsKeyAfterChanges()
    {
        using BoltDatabase database = OpenFilled();
        using BoltWriteTransaction write = database.BeginWrite();
        BoltWriteBucket bucket = write.Bucket("b"u8);
        BoltCursor cursor = bucket.Cursor();
        Assert.True(cursor.Seek(Key(100)));
        bucket.Delete(Key(100));
        bucket.Put(Key(101), "new"u8);
        Assert.Equal(Key(100), cursor.Key); // What was read stays readable.
        Assert.True(cursor.Next());
        Assert.Equal(Key(101), cursor.Key);
        bucket.Put(Key(99), default);
        Assert.True(cursor.Previous());
        Assert.Equal(Key(99), cursor.Key);
        for (bool isAt = cursor.First(); isAt; isAt = cursor.Next())
            Assert.True(bucket.Delete(cursor.Key));
        Assert.False(cursor.First());
        Assert.False(cursor.Last());
        write.Commit();
        Assert.Empty(database.Check());
        Assert.Equal(0, Twin.Of(database).Bucket("b"u8)!.Count);
    }

    [Fact]
    public void Cursor_ClosedTransaction_IsRefused()
    {
        using BoltDatabase database = OpenFilled();
        BoltReadTransaction read = database.BeginRead();
        BoltCursor cursor = read.Bucket("b"u8).Cursor();
        cursor.First();
        read.Dispose();
        Assert.Equal(BoltError.TransactionClosed, Assert.Throws<BoltException>(() => cursor.Key.ToArray()).Error);
        Assert.Equal(BoltError.TransactionClosed, Assert.Throws<BoltException>(() => cursor.Next()).Error);
    }
}
