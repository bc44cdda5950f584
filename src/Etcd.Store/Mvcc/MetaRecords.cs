using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc;

/// <summary>The two records of bucket <c>meta</c> that say how far compactions have come (spec disk §5.3).</summary>
internal static class MetaRecords
{
    public static byte[] ScheduledCompaction { get; } = "scheduledCompactRev"u8.ToArray();

    public static byte[] FinishedCompaction { get; } = "finishedCompactRev"u8.ToArray();

    public static byte[] Encode(long revision) => RevisionKey.Write(new byte[RevisionKey.TombstoneBytes], new Revision(revision, 0)).ToArray();

    /// <returns>Null if the record is not there.</returns>
    public static long? Read(IBackend backend, byte[] name) =>
        backend.Get(Bucket.Meta, name) is { } value ? RevisionKey.Parse(value.Span, out _).Main : null;
}
