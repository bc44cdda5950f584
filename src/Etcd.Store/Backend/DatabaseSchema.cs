using System.Buffers.Binary;
using Etcd.Bolt;
using Etcd.Foundation;
using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;

namespace Etcd.Store.Backend;

/// <summary>What every etcd database file has: ten buckets, and its place in the raft log (spec disk §5).</summary>
internal static class DatabaseSchema
{
    private const long DefaultMapBytes = 10L << 30;

    // etcd waits for ever and warns after 10 s. A process that was just told to stop needs a moment; longer is a mistake to report.
    private static readonly TimeSpan s_lockPatience = TimeSpan.FromSeconds(10);

    /// <summary>Opens or creates the file and creates the buckets that are missing.</summary>
    public static BoltDatabase Open(IFileSystem files, string path, BackendOptions options)
    {
        // As etcd: enough address space that a database within its quota is never mapped anew.
        long mapBytes = options.QuotaBytes > 0 ? options.QuotaBytes + (options.QuotaBytes / 10) : DefaultMapBytes;
        BoltDatabase database = OpenFile(files, path, new BoltOptions { InitialMapBytes = mapBytes, LockTimeout = s_lockPatience });
        try
        {
            CreateMissingBuckets(database);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private static BoltDatabase OpenFile(IFileSystem files, string path, BoltOptions options)
    {
        try
        {
            return BoltDatabase.Open(files, path, options);
        }
        catch (BoltException exception) when (exception.Error == BoltError.LockTimeout)
        {
            throw new BackendLockedException(path, exception);
        }
    }

    public static (LogPosition Position, ConfState? ConfState) ReadPosition(CommittedPages pages, string path)
    {
        BoltBucket meta = pages.Bucket(Bucket.Meta);
        var position = new LogPosition(ReadNumber(meta, BucketNames.ConsistentIndex, path), ReadNumber(meta, BucketNames.Term, path));
        ConfState? confState = meta.TryGet(BucketNames.ConfState, out ReadOnlySpan<byte> json) ? ConfStateJson.Decode(json.ToArray(), path) : null;
        return (position, confState);
    }

    private static void CreateMissingBuckets(BoltDatabase database)
    {
        using (BoltReadTransaction reading = database.BeginRead())
        {
            if (Enum.GetValues<Bucket>().All(bucket => reading.TryGetBucket(BucketNames.Of(bucket), out _)))
                return;
        }
        using BoltWriteTransaction transaction = database.BeginWrite();
        foreach (Bucket bucket in Enum.GetValues<Bucket>())
            transaction.CreateBucketIfMissing(BucketNames.Of(bucket));
        transaction.Commit();
    }

    private static ulong ReadNumber(BoltBucket meta, ReadOnlySpan<byte> name, string path)
    {
        if (!meta.TryGet(name, out ReadOnlySpan<byte> value))
            return 0;
        if (value.Length != sizeof(ulong))
            throw new CorruptException(path, -1, $"a number in bucket meta has {value.Length} bytes, expected {sizeof(ulong)}");
        return BinaryPrimitives.ReadUInt64BigEndian(value);
    }
}
