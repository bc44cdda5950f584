namespace Etcd.Wal.Records;

/// <summary>One record as it was read; its checksum was verified.</summary>
/// <param name="Data">Valid until the next record is read, unless <see cref="RecordReader.KeepData"/> is called.</param>
/// <param name="Path">The segment it is in.</param>
/// <param name="Offset">Where its frame begins.</param>
internal readonly record struct WalRecord(RecordType Type, uint Crc, ReadOnlyMemory<byte> Data, string Path, long Offset);
