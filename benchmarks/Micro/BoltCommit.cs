using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Etcd.Bolt;
using Etcd.Foundation.Files;

namespace Etcd.Benchmarks.Micro;

/// <summary>One transaction that appends records in key order, as the backend's batches do.</summary>
[InProcess]
[MemoryDiagnoser]
public class BoltCommit
{
    private const int ValueBytes = 300, KeyBytes = 17;

    private readonly Scratch _folder = new();
    private readonly byte[] _key = new byte[KeyBytes], _value = new byte[ValueBytes];
    private BoltDatabase? _database;
    private long _next;

    [Params(100, 10_000)]
    public int RecordsPerCommit { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _database = BoltDatabase.Open(RealFileSystem.Instance, _folder.Combine("db"));
        using BoltWriteTransaction transaction = _database.BeginWrite();
        transaction.CreateBucket("key"u8);
        transaction.Commit();
    }

    [Benchmark]
    public void Commit()
    {
        using BoltWriteTransaction transaction = _database!.BeginWrite();
        BoltWriteBucket bucket = transaction.Bucket("key"u8);
        for (int i = 0; i < RecordsPerCommit; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(_key, ++_next);
            bucket.Put(_key, _value);
        }
        transaction.Commit();
    }

    [GlobalCleanup]
    public void Close()
    {
        _database!.Dispose();
        _folder.Dispose();
    }
}
