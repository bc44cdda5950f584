using Etcd.Foundation;
using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

/// <summary>Noise in the pages of a sound file: every call ends with a value or a typed error. A crash or a hang would end the
/// test run.</summary>
public sealed class FuzzTests
{
    private const string Db = "/db";
    private const int PageSize = 1024;
    private const int MostRecords = 100_000;

    private static readonly Lazy<byte[]> s_noList = new(() => SoundFile(noFreelistSync: true));
    private static readonly Lazy<byte[]> s_withList = new(() => SoundFile(noFreelistSync: false));

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void AnyCall_OnNoisyPages_GivesAValueOrATypedError(bool noFreelistSync, bool readOnly)
    {
        byte[] sound = noFreelistSync ? s_noList.Value : s_withList.Value;
        int refused = 0, opened = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            var random = new Random(seed);
            byte[] file = [.. sound];
            AddNoise(file, random);
            try
            {
                Exercise(file, random, noFreelistSync, readOnly, ref opened);
            }
            catch (CorruptException e)
            {
                Assert.Equal(Db, e.File);
                refused++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.GetType().Name}: {e.Message}", e);
            }
        }
        Assert.True(refused > Seeds / 10, $"only {refused} of {Seeds} noisy files were refused");
        Assert.True(opened > Seeds / 10, $"only {opened} of {Seeds} noisy files could be opened");
    }

    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("BOLT_FUZZ_SEEDS"), out int seeds) ? seeds : 500;

    private static void Exercise(byte[] file, Random random, bool noFreelistSync, bool readOnly, ref int opened)
    {
        var disk = new CrashDisk(0);
        disk.Install(Db, file);
        var options = new BoltOptions { ReadOnly = readOnly, NoFreelistSync = noFreelistSync, InitialMapBytes = 0 };
        using BoltDatabase database = BoltDatabase.Open(disk, Db, options);
        opened++;
        int faults = database.Check().Count;
        CorruptException? firstError = null;
        Attempt(() => ReadAll(database), ref firstError);
        Attempt(() => LookUp(database, random), ref firstError);
        Attempt(() => database.CompactTo("/copy"), ref firstError);
        if (!readOnly)
        {
            for (int i = 0; i < 3; i++)
                Attempt(() => Write(database, random), ref firstError);
        }
        if (firstError is not null)
        {
            Assert.True(faults > 0 || !readOnly, $"an error that the audit missed: {firstError.Message}");
            throw firstError;
        }
    }

    private static void Attempt(Action action, ref CorruptException? firstError)
    {
        try
        {
            action();
        }
        catch (CorruptException e)
        {
            firstError ??= e;
        }
        catch (BoltException)
        {
            // E.g. a bucket's name that noise has changed.
        }
    }

    private static void ReadAll(BoltDatabase database)
    {
        using BoltReadTransaction read = database.BeginRead();
        int records = 0;
        BoltCursor names = read.Cursor();
        for (bool isAt = names.First(); isAt; isAt = names.Next())
            Walk(read.Bucket(names.Key), depth: 0, ref records);
    }

    private static void Walk(BoltBucket bucket, int depth, ref int records)
    {
        BoltCursor cursor = bucket.Cursor();
        for (bool isAt = cursor.First(); isAt; isAt = cursor.Next())
        {
            // Without the check at open, noise can put a bucket into itself; every single cursor must still come to its end.
            Assert.True(++records < MostRecords, "a cursor goes round in circles");
            if (cursor.IsBucket && depth < 4)
                Walk(bucket.Bucket(cursor.Key), depth + 1, ref records);
        }
        for (bool isAt = cursor.Last(); isAt; isAt = cursor.Previous())
            Assert.True(++records < MostRecords, "a cursor goes round in circles");
    }

    private static void LookUp(BoltDatabase database, Random random)
    {
        using BoltReadTransaction read = database.BeginRead();
        BoltBucket bucket = read.Bucket("key"u8);
        BoltCursor cursor = bucket.Cursor();
        for (int i = 0; i < 50; i++)
        {
            byte[] key = BitConverter.GetBytes(random.Next(600));
            bucket.TryGet(key, out _);
            if (cursor.Seek(key))
                cursor.Previous();
        }
    }

    private static void Write(BoltDatabase database, Random random)
    {
        using BoltWriteTransaction write = database.BeginWrite();
        BoltWriteBucket bucket = write.CreateBucketIfMissing("key"u8);
        for (int i = 0; i < 60; i++)
        {
            byte[] key = BitConverter.GetBytes(random.Next(600));
            if (random.Next(2) == 0)
                bucket.Delete(key);
            else
                bucket.Put(key, new byte[random.Next(100)]);
        }
        if (random.Next(2) == 0)
            write.DeleteBucket("nested"u8);
        write.Commit();
    }

    /// <summary>A few levels of branches, overflow pages, nested and inline buckets, free pages.</summary>
    private static byte[] SoundFile(bool noFreelistSync)
    {
        var disk = new CrashDisk(0);
        var options = new BoltOptions { NoFreelistSync = noFreelistSync, InitialMapBytes = 0, PageSizeBytes = PageSize };
        using BoltDatabase database = BoltDatabase.Open(disk, Db, options);
        for (int round = 0; round < 4; round++)
        {
            using BoltWriteTransaction write = database.BeginWrite();
            BoltWriteBucket bucket = write.CreateBucketIfMissing("key"u8);
            for (int i = round * 150; i < (round + 1) * 150; i++)
                bucket.Put(BitConverter.GetBytes(i), new byte[i % 90 == 0 ? 2500 : i % 120]);
            for (int i = round * 150; i < (round * 150) + 40; i++)
                bucket.Delete(BitConverter.GetBytes(i));
            BoltWriteBucket nested = write.CreateBucketIfMissing("nested"u8).CreateBucketIfMissing([(byte)round]);
            for (int i = 0; i < round * 30; i++)
                nested.Put([(byte)i], new byte[50]);
            write.Commit();
        }
        return disk.ReadAllBytes(Db)[..(int)database.SizeBytes];
    }

    private static void AddNoise(byte[] file, Random random)
    {
        int places = random.Next(1, 4);
        for (int i = 0; i < places; i++)
        {
            // Mostly into the structure of a page (its header and elements), which matters more than its data.
            int page = random.Next(2, file.Length / PageSize) * PageSize;
            int at = page + random.Next(random.Next(4) == 0 ? PageSize : 160);
            switch (random.Next(4))
            {
                case 0:
                    file[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    file[at] = (byte)random.Next(256);
                    break;
                case 2:
                    int other = random.Next(2, file.Length / PageSize) * PageSize;
                    file.AsSpan(other, PageSize).CopyTo(file.AsSpan(page)); // A page in another's place.
                    BitConverter.TryWriteBytes(file.AsSpan(page), (ulong)(page / PageSize));
                    break;
                default:
                    BitConverter.TryWriteBytes(file.AsSpan(at & ~7), (long)random.Next(file.Length / PageSize));
                    break;
            }
        }
    }
}
