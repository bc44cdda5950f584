using Etcd.Bolt;

namespace Etcd.Store.Backend;

/// <summary>Decides which records a compaction removes.</summary>
internal interface IRecordJudge
{
    /// <returns>False to delete the record.</returns>
    bool Keep(Revision revision, bool tombstone, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
}

/// <summary>One batch of deletions in bucket <c>key</c>.</summary>
/// <param name="From">First revision to look at.</param>
/// <param name="LastMain">Last main revision to look at.</param>
/// <param name="Limit">Records to look at, at most.</param>
/// <param name="DoneMark">Stored in the same transaction when the batch reaches the end.</param>
internal sealed record RecordSweep(Revision From, long LastMain, int Limit, Bucket DoneBucket, byte[] DoneKey, byte[] DoneMark)
{
    /// <summary>Where the next batch begins.</summary>
    public Revision Next { get; private set; }

    /// <summary>Nothing up to <see cref="LastMain"/> is left to look at.</summary>
    public bool IsDone { get; private set; }

    public int Deleted { get; private set; }

    public void Run(BoltWriteTransaction transaction, IRecordJudge judge)
    {
        BoltWriteBucket records = transaction.Bucket(BucketNames.Of(Bucket.Key));
        BoltCursor cursor = records.Cursor();
        Span<byte> start = stackalloc byte[RevisionKey.TombstoneBytes];
        List<byte[]> doomed = [];
        int visited = 0;
        Next = From;
        for (bool found = cursor.Seek(RevisionKey.Write(start, From)); found && visited < Limit; found = cursor.Next(), visited++)
        {
            Revision revision = RevisionKey.Parse(cursor.Key, out bool tombstone);
            if (revision.Main > LastMain)
                break;
            if (!judge.Keep(revision, tombstone, cursor.Key, cursor.Value))
                doomed.Add(cursor.Key.ToArray());
            Next = revision with { Sub = revision.Sub + 1 };
        }
        foreach (byte[] key in doomed)
            records.Delete(key);
        Deleted = doomed.Count;
        IsDone = visited < Limit;
        if (IsDone)
            transaction.Bucket(BucketNames.Of(DoneBucket)).Put(DoneKey, DoneMark);
    }
}
