using Etcd.Foundation.Files;

namespace Etcd.Bolt;

/// <summary>One database file in bbolt's format: a tree of buckets with sorted keys, read through a memory map by any
/// number of transactions beside one that writes.</summary>
public sealed class BoltDatabase : IDisposable
{
    /// <summary>Opens the file, creating it if it is missing or empty, and waits for its lock.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The file; its directory must exist.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="cancellation">Ends the wait for the lock.</param>
    /// <exception cref="Foundation.CorruptException"><c>invalid database</c>, <c>version mismatch</c>, <c>checksum error</c>,
    /// <c>file size too small</c>, or a damaged tree.</exception>
    /// <exception cref="BoltException">The lock was not given up in time.</exception>
    public static BoltDatabase Open(IFileSystem files, string path, BoltOptions? options = null, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    public string Path => throw new NotImplementedException();

    public int PageSizeBytes => throw new NotImplementedException();

    /// <summary>High water mark times page size, as of the last commit.</summary>
    public long SizeBytes => throw new NotImplementedException();

    public BoltStatistics Statistics => throw new NotImplementedException();

    /// <summary>Starts reading the state of the last commit. Any thread; never waits for the writer.</summary>
    public BoltReadTransaction BeginRead() => throw new NotImplementedException();

    /// <summary>Starts the write transaction; waits while another one is open. Not bound to a thread.</summary>
    public BoltWriteTransaction BeginWrite() => throw new NotImplementedException();

    /// <summary>Audits the whole file: every page is reachable exactly once or free, ids, kinds and key order are right.</summary>
    /// <returns>One sentence per fault; empty if the file is sound. Keeps writers out while it runs.</returns>
    public IReadOnlyList<string> Check(CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Copies every bucket, in order, into a new tightly packed file, which is complete and synced on return.</summary>
    /// <param name="path">A file that does not exist yet or is empty.</param>
    /// <param name="fillPercent">How full pages become, 0.1 to 1.</param>
    /// <param name="recordsPerCommit">Bounds the memory that the copy needs.</param>
    public void CompactTo(string path, double fillPercent = 0.9, int recordsPerCommit = 10_000, CancellationToken cancellation = default) =>
        throw new NotImplementedException();

    /// <summary>Waits for the write transaction, then gives up file and lock. Open read transactions stay readable.</summary>
    public void Dispose() => throw new NotImplementedException();
}
