namespace Etcd.Bolt;

/// <summary>Numbers of an open database at one moment.</summary>
/// <param name="SizeBytes">High water mark times page size: what etcd reports as the size of the database.</param>
/// <param name="InUseBytes">The same without the free pages; pending pages count as used.</param>
/// <param name="FreePages">Pages that the next write transaction may take.</param>
/// <param name="PendingPages">Pages given up but perhaps still seen by an open read transaction.</param>
/// <param name="OpenReaders">Open read transactions.</param>
/// <param name="TransactionId">Id of the last commit.</param>
public readonly record struct BoltStatistics(
    long SizeBytes,
    long InUseBytes,
    long FreePages,
    long PendingPages,
    int OpenReaders,
    ulong TransactionId);
