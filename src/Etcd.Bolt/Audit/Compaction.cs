using System.Runtime.CompilerServices;
using Etcd.Bolt.Pages;

namespace Etcd.Bolt.Audit;

/// <summary>Copies all records of a database into an empty one, in order, so that pages come out full.</summary>
internal sealed class Compaction(BoltReadTransaction source, BoltDatabase target, double fillPercent, int recordsPerCommit, CancellationToken cancellation)
{
    // Names of the buckets from the root to the one being copied: a commit ends all bucket objects, so they are found again.
    private readonly List<byte[]> _path = [];
    private BoltWriteTransaction? _transaction;
    private int _records;

    public void Run()
    {
        _ = FreePages.Reachable(source.View); // No page is used twice, so no bucket contains itself.
        _transaction = target.BeginWrite();
        try
        {
            BoltCursor names = source.Cursor();
            for (bool isAt = names.First(); isAt; isAt = names.Next())
                CopyNested(names.Key, source.Bucket(names.Key));
            _transaction.Commit();
        }
        finally
        {
            _transaction.Dispose();
        }
    }

    private void CopyNested(ReadOnlySpan<byte> name, BoltBucket from)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack(); // The file decides how deep buckets are nested.
        byte[] ownName = name.ToArray();
        BoltWriteBucket to = _path.Count == 0 ? _transaction!.CreateBucket(ownName) : Here().CreateBucket(ownName);
        if (from.Sequence != 0)
            to.Sequence = from.Sequence;
        _path.Add(ownName);
        Copy(from);
        _path.RemoveAt(_path.Count - 1);
    }

    private void Copy(BoltBucket from)
    {
        BoltWriteBucket to = Here();
        BoltCursor records = from.Cursor();
        for (bool isAt = records.First(); isAt; isAt = records.Next())
        {
            if (records.IsBucket)
            {
                CopyNested(records.Key, from.Bucket(records.Key));
                to = Here();
                continue;
            }
            if (_records++ == recordsPerCommit)
            {
                to = CommitAndGoOn();
                _records = 1;
            }
            to.Put(records.Key, records.Value);
        }
    }

    private BoltWriteBucket CommitAndGoOn()
    {
        cancellation.ThrowIfCancellationRequested();
        _transaction!.Commit();
        _transaction = target.BeginWrite();
        return Here();
    }

    private BoltWriteBucket Here()
    {
        BoltWriteBucket bucket = _transaction!.Bucket(_path[0]);
        bucket.FillPercent = fillPercent;
        foreach (byte[] name in _path.Skip(1))
        {
            bucket = bucket.Bucket(name);
            bucket.FillPercent = fillPercent;
        }
        return bucket;
    }
}
