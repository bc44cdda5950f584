using Etcd.TestKit.Disks;

namespace Etcd.Bolt.Tests;

/// <summary>Random operations against a sorted map; after every commit the whole file is audited and compared.</summary>
public sealed class RandomOperationTests
{
    private const string Db = "/db";

    public static TheoryData<int, bool> Runs()
    {
        var runs = new TheoryData<int, bool>();
        for (int seed = 1; seed <= 12; seed++)
            runs.Add(seed, seed % 2 == 0);
        return runs;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void Transactions_OfEveryKind_MatchTheTwin(int seed, bool noFreelistSync)
    {
        var run = new Run(seed, noFreelistSync);
        try
        {
            for (int i = 0; i < 60; i++)
                run.Step();
            run.Finish();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"seed {seed}, transaction {run.Transactions}: {e.Message}", e);
        }
    }

    [Theory]
    [InlineData(1, 1.0)]
    [InlineData(2, 0.5)]
    [InlineData(3, 0.1)]
    public void DeepTree_GrowingAndShrinking_MatchesTheTwin(int seed, double fillPercent)
    {
        var random = new Random(seed);
        var twin = new Twin();
        Twin bucketTwin = twin.AddBucket("b"u8);
        var options = new BoltOptions { InitialMapBytes = 0, PageSizeBytes = 1024 };
        using BoltDatabase database = BoltDatabase.Open(new CrashDisk(seed), Db, options);
        foreach (int share in (int[])[100, 70, 40, 55, 10, 60, 2, 0]) // Percent of the operations that put.
        {
            using BoltWriteTransaction write = database.BeginWrite();
            BoltWriteBucket bucket = write.CreateBucketIfMissing("b"u8);
            bucket.FillPercent = fillPercent;
            for (int i = 0; i < 5000; i++)
            {
                byte[] key = new byte[30];
                BitConverter.TryWriteBytes(key, (ushort)random.Next(6000)); // The low byte first: neighbours come at different times.
                if (random.Next(100) < share)
                {
                    byte[] value = new byte[random.Next(60)];
                    bucket.Put(key, value);
                    bucketTwin.Put(key, value);
                }
                else
                {
                    Assert.Equal(bucketTwin.Delete(key), bucket.Delete(key));
                }
            }
            if (share == 0)
            {
                BoltCursor left = bucket.Cursor();
                for (bool isAt = left.First(); isAt; isAt = left.Next())
                    Assert.True(bucket.Delete(left.Key) && bucketTwin.Delete(left.Key));
            }
            write.Commit();
            Assert.True(database.Check().Count == 0, $"seed {seed}, share {share}: {string.Join('\n', database.Check())}");
            Assert.Equal(twin, Twin.Of(database));
        }
        Assert.Equal(0, bucketTwin.Count);
    }

    private sealed class Run(int seed, bool noFreelistSync)
    {
        private readonly Random _random = new(seed);
        private readonly CrashDisk _disk = new(seed);
        private readonly List<(BoltReadTransaction Read, Twin Expected)> _readers = [];
        private BoltDatabase? _database;
        private Twin _committed = new();

        public int Transactions { get; private set; }

        public void Step()
        {
            _database ??= Open();
            Transactions++;
            Twin next = _committed.Clone();
            using (BoltWriteTransaction write = _database.BeginWrite())
            {
                int operations = _random.Next(4) == 0 ? _random.Next(400) : _random.Next(30);
                for (int i = 0; i < operations; i++)
                    Change(write, next);
                if (_random.Next(8) != 0)
                {
                    write.Commit();
                    _committed = next;
                }
            }
            Assert.Empty(_database.Check());
            Assert.Equal(_committed, Twin.Of(_database));
            HandleReaders();
            if (_random.Next(10) == 0)
                Reopen();
        }

        public void Finish()
        {
            Reopen();
            Assert.Equal(_committed, Twin.Of(_database!));
            _database!.CompactTo("/copy", recordsPerCommit: 50);
            _database.Dispose();
            using BoltDatabase copy = BoltDatabase.Open(_disk, "/copy", new BoltOptions { InitialMapBytes = 0 });
            Assert.Empty(copy.Check());
            Assert.Equal(_committed, Twin.Of(copy));
        }

        private BoltDatabase Open() => BoltDatabase.Open(_disk, Db, new BoltOptions
        {
            InitialMapBytes = 0, // Outgrown again and again.
            NoFreelistSync = noFreelistSync,
            PageSizeBytes = 1024,
        });

        private void Reopen()
        {
            BoltDatabase closed = _database!;
            closed.Dispose();
            foreach ((BoltReadTransaction read, Twin expected) in _readers)
            {
                Assert.Equal(expected, Twin.Of(read)); // Readable after the database is closed.
                read.Dispose();
            }
            _readers.Clear();
            _database = Open();
            Assert.Empty(_database.Check());
        }

        private void HandleReaders()
        {
            if (_random.Next(3) == 0)
                _readers.Add((_database!.BeginRead(), _committed));
            foreach ((BoltReadTransaction read, Twin expected) in _readers)
                Assert.Equal(expected, Twin.Of(read));
            if (_readers.Count > 0 && _random.Next(4) == 0)
            {
                int gone = _random.Next(_readers.Count);
                _readers[gone].Read.Dispose();
                _readers.RemoveAt(gone);
            }
        }

        private void Change(BoltWriteTransaction write, Twin twin)
        {
            byte[] name = [(byte)('a' + _random.Next(3))];
            if (_random.Next(150) == 0)
            {
                if (twin.Delete(name))
                    write.DeleteBucket(name);
                else
                    Assert.Equal(BoltError.BucketNotFound, Assert.Throws<BoltException>(() => write.DeleteBucket(name)).Error);
                return;
            }
            BoltWriteBucket bucket = write.CreateBucketIfMissing(name);
            ChangeBucket(bucket, twin.Bucket(name) ?? twin.AddBucket(name), depth: 0);
        }

        private void ChangeBucket(BoltWriteBucket bucket, Twin twin, int depth)
        {
            if (_random.Next(20) == 0)
                bucket.FillPercent = _random.NextDouble();
            if (depth < 3 && _random.Next(5) == 0)
            {
                byte[] name = [0xFF, (byte)_random.Next(4)]; // Never the name of a value.
                if (_random.Next(25) == 0)
                {
                    if (twin.Delete(name))
                        bucket.DeleteBucket(name);
                    return;
                }
                ChangeBucket(bucket.CreateBucketIfMissing(name), twin.Bucket(name) ?? twin.AddBucket(name), depth + 1);
                return;
            }
            byte[] key = RandomKey();
            switch (_random.Next(20))
            {
                case < 11:
                    byte[] value = RandomValue();
                    bucket.Put(key, value);
                    twin.Put(key, value);
                    break;
                case < 16:
                    Assert.Equal(twin.Delete(key), bucket.Delete(key));
                    break;
                case 16:
                    twin.Sequence = bucket.Sequence = (ulong)_random.NextInt64();
                    break;
                case 17:
                    DeleteRange(bucket, twin, key);
                    break;
                default:
                    bool isFound = bucket.TryGet(key, out ReadOnlySpan<byte> found);
                    Assert.Equal(twin.Get(key), isFound ? found.ToArray() : null);
                    break;
            }
        }

        /// <summary>Deletes under a moving cursor, as a compaction does.</summary>
        private void DeleteRange(BoltWriteBucket bucket, Twin twin, byte[] from)
        {
            int left = _random.Next(40);
            BoltCursor cursor = bucket.Cursor();
            for (bool isAt = cursor.Seek(from); isAt && left-- > 0; isAt = cursor.Next())
            {
                if (cursor.IsBucket)
                    continue;
                byte[] key = cursor.Key.ToArray();
                Assert.True(bucket.Delete(key));
                Assert.True(twin.Delete(key));
            }
        }

        private byte[] RandomKey()
        {
            byte[] key = new byte[_random.Next(12) switch { 0 => 1, 1 => _random.Next(1, 300), _ => 9 }];
            key[0] = (byte)_random.Next(16);
            if (key.Length > 1)
                key[^1] = (byte)_random.Next(256);
            return key;
        }

        private byte[] RandomValue()
        {
            byte[] value = new byte[_random.Next(40) switch { 0 => _random.Next(20_000), 1 => 0, < 10 => _random.Next(400), _ => _random.Next(40) }];
            _random.NextBytes(value);
            return value;
        }
    }
}
