namespace Etcd.Store.Backend;

/// <summary>The ten buckets of etcd's database file, in the file's (byte-wise) order.</summary>
public enum Bucket
{
    Alarm,
    Auth,
    AuthRoles,
    AuthUsers,
    Cluster,
    Key,
    Lease,
    Members,
    MembersRemoved,
    Meta,
}

/// <summary>Where the state machine's rooms keep their bytes: batches writes into database transactions that commit off
/// the apply path, every 100 ms or 10 000 operations. Knows no domain type.</summary>
/// <remarks>Writes come from the apply thread alone, between <c>BeginApply(index)</c> and <c>EndApply()</c> of the owner;
/// whatever is written there commits in one database transaction together with the consistent index. Reads through this
/// interface see every write made so far, also uncommitted ones, and may come from any thread.</remarks>
public interface IBackend
{
    /// <summary>Stores a pair. The memory is kept until the commit, so the caller must not change it.</summary>
    void Put(Bucket bucket, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value);

    void Delete(Bucket bucket, ReadOnlyMemory<byte> key);

    /// <summary>The value, or null if there is none.</summary>
    ReadOnlyMemory<byte>? Get(Bucket bucket, ReadOnlyMemory<byte> key);

    /// <summary>All pairs of a (small) bucket in byte-wise key order. Not for <see cref="Bucket.Key"/>.</summary>
    IReadOnlyList<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> Scan(Bucket bucket);
}
