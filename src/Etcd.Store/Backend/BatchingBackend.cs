using Etcd.Foundation.Files;
using Etcd.Protocol.Raft;

namespace Etcd.Store.Backend;

/// <summary>The database behind the state machine: collects writes in memory and commits them in batches, together with
/// the raft index that they belong to.</summary>
public sealed class BatchingBackend : IBackend, IDisposable
{
    /// <summary>Opens or creates the database file and its ten buckets.</summary>
    public static BatchingBackend Open(IFileSystem files, string path, BackendOptions options, TimeProvider time) => throw new NotSupportedException();

    /// <summary>Index of the last entry whose effects are here, committed or not; 0 for a new database.</summary>
    public ulong ConsistentIndex => throw new NotSupportedException();

    /// <summary>Term of that entry; 0 if unknown (written by etcd 3.4).</summary>
    public ulong ConsistentTerm => throw new NotSupportedException();

    /// <summary>Raft membership as last stored with <see cref="SetConfState"/>; null if never (or a database of etcd 3.4).</summary>
    public ConfState? ConfState => throw new NotSupportedException();

    public BackendHealth Health => throw new NotSupportedException();

    /// <summary>Size of the database as etcd reports it: allocated pages × page size. Quotas compare with this.</summary>
    public long SizeBytes => throw new NotSupportedException();

    /// <summary><see cref="SizeBytes"/> without free pages.</summary>
    public long SizeInUseBytes => throw new NotSupportedException();

    /// <summary>Effective quota in bytes (2 GiB by default); <see cref="long.MaxValue"/> if switched off.</summary>
    public long QuotaBytes => throw new NotSupportedException();

    /// <summary>Read transactions open on the database file.</summary>
    public int OpenReaders => throw new NotSupportedException();

    /// <summary>Starts the thread that commits every <see cref="BackendOptions.BatchInterval"/> or when the batch is full.
    /// Without it (simulator) the owner calls <see cref="CommitNow"/>.</summary>
    public void StartCommitThread() => throw new NotSupportedException();

    /// <summary>Apply thread: the writes until <see cref="EndApply"/> belong to this raft entry.</summary>
    public void BeginApply(ulong index, ulong term) => throw new NotSupportedException();

    /// <summary>Apply thread: the entry is complete; its writes and its index may be committed from now on. Waits for
    /// the disk if too much is pending.</summary>
    public void EndApply() => throw new NotSupportedException();

    /// <summary>Apply thread, inside an entry: stores raft's membership with the next commit.</summary>
    public void SetConfState(ConfState state) => throw new NotSupportedException();

    /// <summary>Makes everything applied so far durable, also a mere move of the index.</summary>
    /// <returns>False if the disk has no room: nothing was lost, see <see cref="Health"/>.</returns>
    public bool CommitNow() => throw new NotSupportedException();

    /// <summary>CRC-32C over every bucket (Maintenance.Hash). Commits first.</summary>
    public uint Hash() => throw new NotSupportedException();

    /// <summary>Rewrites the file without holes. Applying waits meanwhile; reads go on.</summary>
    public void Defragment() => throw new NotSupportedException();

    /// <summary>A consistent copy of the whole file to stream; commits first, so it has everything applied so far.</summary>
    public BackendSnapshot OpenSnapshot() => throw new NotSupportedException();

    public void Put(Bucket bucket, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value) => throw new NotSupportedException();

    public void Delete(Bucket bucket, ReadOnlyMemory<byte> key) => throw new NotSupportedException();

    public ReadOnlyMemory<byte>? Get(Bucket bucket, ReadOnlyMemory<byte> key) => throw new NotSupportedException();

    public IReadOnlyList<KeyValuePair<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>>> Scan(Bucket bucket) => throw new NotSupportedException();

    /// <summary>Commits and closes the file.</summary>
    public void Dispose() => throw new NotSupportedException();
}
