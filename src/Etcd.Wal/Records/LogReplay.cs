using Etcd.Foundation;
using Etcd.Protocol.Raft;
using Etcd.Protocol.Wire;

namespace Etcd.Wal.Records;

/// <summary>Folds the records of a log into what they mean from a snapshot on.</summary>
/// <remarks>The checksum covers a record's data but not its type, and one bit makes an entry of a hard state. So what raft promises is
/// checked as well: terms and commit indexes never go back, and a committed entry is never replaced.</remarks>
internal sealed class LogReplay(WalSnapshot start, bool keepsEntries)
{
    private readonly List<Entry> _entries = [];
    private readonly List<ulong> _terms = []; // Of the entries, also if those are not kept.

    /// <summary>Null if no segment had any.</summary>
    public byte[]? Metadata { get; private set; }

    public HardState HardState { get; private set; }

    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Index of the entry written last, or of a newer snapshot.</summary>
    public ulong LastIndex { get; private set; }

    /// <summary>The record of the start snapshot was seen.</summary>
    public bool HasStart { get; private set; }

    /// <summary>Reads until the end or a torn tail.</summary>
    /// <exception cref="CorruptException">A record is damaged or contradicts another.</exception>
    public void Run(RecordReader reader)
    {
        while (reader.TryRead(out WalRecord record))
        {
            try
            {
                Apply(record, reader);
            }
            catch (WireFormatException e)
            {
                throw Corrupt(record, $"wal: {record.Type} record cannot be read: {e.Message}");
            }
        }
        if (Metadata is null)
            throw new CorruptException(reader.Path, -1, "wal: the log has no metadata record, so nothing says whose it is");
    }

    private void Apply(in WalRecord record, RecordReader reader)
    {
        switch (record.Type)
        {
            case RecordType.Metadata:
                SetMetadata(record);
                break;
            case RecordType.Entry:
                AddEntry(record, reader);
                break;
            case RecordType.State:
                SetState(record);
                break;
            case RecordType.Crc:
                break; // The reader checked it.
            case RecordType.Snapshot:
                AddSnapshot(record);
                break;
            default:
                throw Corrupt(record, $"unexpected block type {(int)record.Type}");
        }
    }

    private void AddEntry(in WalRecord record, RecordReader reader)
    {
        Entry entry = EntryCodec.Read(record.Data);
        LastIndex = entry.Index;
        if (entry.Index <= start.Index)
            return;
        ulong position = entry.Index - start.Index - 1;
        if (position > (ulong)_terms.Count)
        {
            throw Corrupt(
                record,
                $"wal: slice bounds out of range, snapshot[Index: {start.Index}, Term: {start.Term}], "
                + $"current entry[Index: {entry.Index}, Term: {entry.Term}], len(ents): {_terms.Count}");
        }
        CheckEntry(record, entry, (int)position);
        // An index seen before: a new leader replaced this entry and, with it, all that followed.
        _terms.RemoveRange((int)position, _terms.Count - (int)position);
        _terms.Add(entry.Term);
        if (!keepsEntries)
            return;
        _entries.RemoveRange((int)position, _entries.Count - (int)position);
        reader.KeepData();
        _entries.Add(entry);
    }

    private void CheckEntry(in WalRecord record, in Entry entry, int position)
    {
        if (entry.Type is < EntryType.Normal or > EntryType.ConfChangeV2)
            throw Corrupt(record, $"wal: entry {entry.Index} has type {(int)entry.Type}");
        ulong termBefore = position == 0 ? start.Term : _terms[position - 1];
        if (entry.Term < termBefore)
            throw Corrupt(record, $"wal: entry {entry.Index} has term {entry.Term}, but the one before it has term {termBefore}");
        if (position < _terms.Count && entry.Index <= HardState.Commit && entry.Term != _terms[position])
        {
            throw Corrupt(
                record,
                $"wal: entry {entry.Index} of term {entry.Term} would replace one of term {_terms[position]} that is committed");
        }
    }

    private void SetMetadata(in WalRecord record)
    {
        ReadOnlySpan<byte> metadata = record.Data.Span;
        if (Metadata is not null && !metadata.SequenceEqual(Metadata))
        {
            throw Corrupt(
                record,
                $"wal: conflicting metadata found: {Convert.ToHexStringLower(metadata)} after {Convert.ToHexStringLower(Metadata)}");
        }
        Metadata ??= metadata.ToArray();
    }

    private void SetState(in WalRecord record)
    {
        HardState state = HardStateCodec.Read(record.Data.Span);
        if (state.Term < HardState.Term || state.Commit < HardState.Commit)
            throw Corrupt(record, $"wal: the hard state goes back from {HardState} to {state}");
        HardState = state;
    }

    private void AddSnapshot(in WalRecord record)
    {
        WalSnapshot snapshot = WalSnapshot.Read(record.Data.Span);
        LastIndex = Math.Max(LastIndex, snapshot.Index);
        if (snapshot.Index != start.Index)
            return;
        if (snapshot.Term != start.Term)
            throw Corrupt(record, $"wal: snapshot mismatch: index {start.Index} has term {snapshot.Term} in the log, not {start.Term}");
        HasStart = true;
    }

    private static CorruptException Corrupt(in WalRecord record, string message) => new(record.Path, record.Offset, message);
}
