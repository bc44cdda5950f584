namespace Etcd.Wal.Records;

/// <summary>What a record's data is.</summary>
internal enum RecordType
{
    Metadata = 1,
    Entry = 2,
    State = 3,

    /// <summary>No data; its checksum is the running one of all records before it. Begins every segment.</summary>
    Crc = 4,
    Snapshot = 5,
}
