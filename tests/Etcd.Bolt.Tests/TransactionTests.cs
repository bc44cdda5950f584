using Etcd.Foundation.Files;
using Etcd.TestKit;
using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

public sealed class TransactionTests
{
    private const string Db = "/db";

    private static BoltDatabase Open(CrashDisk? disk = null) =>
        BoltDatabase.Open(disk ?? new CrashDisk(1), Db, new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 1024 });

    private static void Write(BoltDatabase database, Action<BoltWriteTransaction> change)
    {
        using BoltWriteTransaction write = database.BeginWrite();
        change(write);
        write.Commit();
    }

    private static BoltError ErrorOf(Action action) => Assert.Throws<BoltException>(action).Error;

    [Fact]
    public void Read_OpenedBeforeACommit_KeepsItsState()
    {
        using BoltDatabase database = Open();
        Write(database, static w => w.CreateBucket("b"u8).Put("k"u8, "old"u8));
        using BoltReadTransaction before = database.BeginRead();
        Assert.True(before.Bucket("b"u8).TryGet("k"u8, out ReadOnlySpan<byte> old));
        for (int i = 0; i < 30; i++)
        {
            byte[] value = new byte[500 * i];
            Write(database, w => w.Bucket("b"u8).Put("k"u8, value)); // Outgrows the map and reuses pages.
        }
        Assert.True(old.SequenceEqual("old"u8));
        using BoltReadTransaction after = database.BeginRead();
        Assert.True(after.Bucket("b"u8).TryGet("k"u8, out ReadOnlySpan<byte> current));
        Assert.Equal(500 * 29, current.Length);
        Assert.Equal(before.TransactionId + 30, after.TransactionId);
    }

    [Fact]
    public void Write_BeforeItsCommit_SeesItsOwnChangesOnly()
    {
        using BoltDatabase database = Open();
        Write(database, static w => w.CreateBucket("b"u8).Put("k"u8, "1"u8));
        using BoltWriteTransaction write = database.BeginWrite();
        BoltWriteBucket bucket = write.Bucket("b"u8);
        bucket.Put("k"u8, "2"u8);
        Assert.True(bucket.TryGet("k"u8, out ReadOnlySpan<byte> second));
        bucket.Put("k"u8, "3"u8);
        Assert.True(bucket.TryGet("k"u8, out ReadOnlySpan<byte> third));
        Assert.True(second.SequenceEqual("2"u8) && third.SequenceEqual("3"u8)); // Spans outlive later changes.
        Assert.Equal("1"u8, Twin.Of(database).Bucket("b"u8)!.Get("k"u8)!);
        write.Rollback();
        Assert.Equal("1"u8, Twin.Of(database).Bucket("b"u8)!.Get("k"u8)!);
        Assert.Empty(database.Check());
    }

    [Fact]
    public void Refusals_HaveBboltsTexts()
    {
        using BoltDatabase database = Open();
        using BoltWriteTransaction write = database.BeginWrite();
        BoltWriteBucket bucket = write.CreateBucket("b"u8);
        bucket.CreateBucket("nested"u8);
        bucket.Put("value"u8, default);
        Assert.Equal("bucket not found", Assert.Throws<BoltException>(() => write.Bucket("none"u8)).Message);
        Assert.Equal("bucket already exists", Assert.Throws<BoltException>(() => write.CreateBucket("b"u8)).Message);
        Assert.Equal("bucket name required", Assert.Throws<BoltException>(() => write.CreateBucket(default)).Message);
        Assert.Equal("key required", Assert.Throws<BoltException>(() => bucket.Put(default, "v"u8)).Message);
        Assert.Equal("key too large", Assert.Throws<BoltException>(() => bucket.Put(new byte[32_769], "v"u8)).Message);
        Assert.Equal("incompatible value", Assert.Throws<BoltException>(() => bucket.Put("nested"u8, "v"u8)).Message);
        Assert.Equal(BoltError.IncompatibleValue, ErrorOf(() => bucket.Delete("nested"u8)));
        Assert.Equal(BoltError.IncompatibleValue, ErrorOf(() => bucket.CreateBucket("value"u8)));
        Assert.Equal(BoltError.IncompatibleValue, ErrorOf(() => bucket.DeleteBucket("value"u8)));
        Assert.Equal(BoltError.BucketNotFound, ErrorOf(() => bucket.DeleteBucket("none"u8)));
        Assert.False(bucket.TryGet("nested"u8, out _));
        Assert.False(bucket.Delete("none"u8));
        bucket.Put(new byte[32_768], default);
        write.Commit();
        Assert.Equal("tx closed", Assert.Throws<BoltException>(() => bucket.Put("k"u8, "v"u8)).Message);
        Assert.Equal(BoltError.TransactionClosed, ErrorOf(() => write.Commit()));
        Assert.Empty(database.Check());
    }

    [Fact]
    public void DeletedBucket_IsGoneForItsHoldersAndItsPagesAreFree()
    {
        using BoltDatabase database = Open();
        Write(database, static w => w.CreateBucket("keep"u8).Put("k"u8, "v"u8));
        long used = database.Statistics.InUseBytes;
        Write(database, static w =>
        {
            BoltWriteBucket inner = w.CreateBucket("gone"u8).CreateBucket("inner"u8);
            for (int i = 0; i < 500; i++)
                inner.Put(BitConverter.GetBytes(i), new byte[100]);
        });
        Write(database, static w =>
        {
            BoltWriteBucket gone = w.Bucket("gone"u8), inner = gone.Bucket("inner"u8);
            inner.Put("touched"u8, default);
            w.DeleteBucket("gone"u8);
            Assert.Equal(BoltError.BucketNotFound, ErrorOf(() => inner.Put("k"u8, default)));
            Assert.Equal(BoltError.BucketNotFound, ErrorOf(() => gone.TryGet("k"u8, out _)));
            Assert.False(w.TryGetBucket("gone"u8, out _));
            w.CreateBucket("gone"u8).Put("new"u8, "life"u8);
            w.DeleteBucket("gone"u8);
        });
        Assert.Empty(database.Check());
        Write(database, static w => w.Bucket("keep"u8).Put("k"u8, "v"u8)); // Pending pages become free.
        Write(database, static w => w.Bucket("keep"u8).Put("k"u8, "v"u8));
        Assert.InRange(database.Statistics.InUseBytes, used - 2048, used + 2048);
        Assert.Empty(database.Check());
    }

    [Fact]
    public void Bucket_GrowingAndShrinking_MovesBetweenInlineAndPages()
    {
        using BoltDatabase database = Open();
        var sizes = new List<long>();
        foreach (int count in (int[])[3, 200, 3, 0])
        {
            Write(database, w =>
            {
                BoltWriteBucket bucket = w.CreateBucketIfMissing("b"u8);
                for (int i = 0; i < 200; i++)
                {
                    if (i < count)
                        bucket.Put([(byte)i], new byte[20]);
                    else
                        bucket.Delete([(byte)i]);
                }
                bucket.Sequence = (ulong)count;
            });
            Assert.Empty(database.Check());
            Twin found = Twin.Of(database).Bucket("b"u8)!;
            Assert.Equal((count, (ulong)count), (found.Count, found.Sequence));
            Write(database, static w => w.CreateBucketIfMissing("other"u8)); // What was pending becomes free.
            sizes.Add(database.Statistics.InUseBytes - (database.Statistics.PendingPages * 1024));
        }
        Assert.Equal(sizes[0], sizes[2]);
        Assert.True(sizes[1] > sizes[0] + 4096, "200 pairs of 20 bytes cannot be inline");
    }

    [Fact]
    public async Task BeginWrite_WhileAnotherIsOpen_WaitsForIt()
    {
        using BoltDatabase database = Open();
        BoltWriteTransaction first = database.BeginWrite();
        first.CreateBucket("b"u8);
        Task<ulong> second = Task.Run(() =>
        {
            using BoltWriteTransaction write = database.BeginWrite();
            Assert.True(write.TryGetBucket("b"u8, out _));
            return write.TransactionId;
        });
        first.Commit();
        Assert.Equal(first.TransactionId + 1, await second);
    }

    [Fact]
    public void Dispose_WithOpenReaders_LeavesThemReadableAndTheFileFree()
    {
        var disk = new CrashDisk(1);
        BoltDatabase database = Open(disk);
        Write(database, static w => w.CreateBucket("b"u8).Put("k"u8, "v"u8));
        BoltReadTransaction read = database.BeginRead();
        database.Dispose();
        database.Dispose();
        Assert.True(read.Bucket("b"u8).TryGet("k"u8, out ReadOnlySpan<byte> value));
        Assert.True(value.SequenceEqual("v"u8));
        Assert.Equal(BoltError.DatabaseNotOpen, ErrorOf(() => database.BeginRead()));
        Assert.Equal(BoltError.DatabaseNotOpen, ErrorOf(() => database.BeginWrite()));
        using BoltDatabase next = Open(disk); // The lock was given up.
        read.Dispose();
        read.Dispose();
        Assert.Equal(BoltError.TransactionClosed, ErrorOf(() => read.Bucket("b"u8)));
    }

    [Fact]
    public void Readers_BesideACommittingWriter_AlwaysSeeOneWholeState()
    {
        // On the real disk: that writes show in the memory map at the right moment is the kernel's promise, not the crash disk's.
        using var folder = new TempDirectory();
        var options = new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 1024, NoSync = true };
        using BoltDatabase database = BoltDatabase.Open(RealFileSystem.Instance, folder.Combine("db"), options);
        void Commit(int generation) => Write(database, w =>
        {
            BoltWriteBucket bucket = w.CreateBucketIfMissing("b"u8);
            for (int i = 0; i < 40; i++)
                bucket.Put([(byte)i], Enumerable.Repeat((byte)generation, 1 + (generation * 37 % 300)).ToArray());
        });
        Commit(0);
        using var stop = new CancellationTokenSource();
        using var started = new CountdownEvent(3);
        Task<int>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(Read, TaskCreationOptions.LongRunning))];
        Assert.True(started.Wait(TimeSpan.FromSeconds(30)));
        for (int generation = 1; generation <= 250; generation++)
            Commit(generation);
        stop.Cancel();
        Assert.All(readers, static r => Assert.True(r.Result > 0));
        Assert.Equal(0, database.Statistics.OpenReaders);
        Assert.Empty(database.Check());

        int Read()
        {
            int states = 0;
            started.Signal();
            do
            {
                using BoltReadTransaction read = database.BeginRead();
                BoltBucket bucket = read.Bucket("b"u8);
                Assert.True(bucket.TryGet([0], out ReadOnlySpan<byte> first));
                for (int i = 1; i < 40; i++)
                {
                    Assert.True(bucket.TryGet([(byte)i], out ReadOnlySpan<byte> value));
                    Assert.True(value.SequenceEqual(first), $"two generations in transaction {read.TransactionId}");
                }
                states++;
            }
            while (!stop.IsCancellationRequested);
            return states;
        }
    }
}
