using Etcd.Foundation;
using Etcd.Protocol.Wire;
using Etcd.Store.Backend;
using Etcd.Store.Lease;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Changes the store on behalf of one write request at a time: all its changes share one main revision.</summary>
/// <remarks>Apply thread only. Between <see cref="Begin"/> and <see cref="End"/> reads of the same request see its changes.</remarks>
internal sealed class StoreWriter(BatchingBackend backend, KeyIndex index, ILeaseKeys leases, ChangeLog changes)
{
    private const int DeleteChunkKeys = 1024;
    private readonly List<byte[]> _doomed = [];
    private long _main;
    private int _sub;

    /// <summary>Revision after the last finished request.</summary>
    public long CurrentRevision { get; private set; } = 1;

    public bool HasChanges => _sub > 0;

    /// <summary>Revision of the request's changes, if it makes any.</summary>
    public long NextRevision => _main;

    /// <summary>Revision that the request reads at: its own once it has changed something.</summary>
    public long ReadRevision => HasChanges ? _main : CurrentRevision;

    /// <summary>Only when the store is opened.</summary>
    public void Restore(long currentRevision) => CurrentRevision = currentRevision;

    public void Begin()
    {
        _main = CurrentRevision + 1;
        _sub = 0;
    }

    /// <returns>The revision after the request: the next one if it changed anything.</returns>
    public long End()
    {
        CurrentRevision = ReadRevision;
        _sub = 0;
        return CurrentRevision;
    }

    /// <summary>The key's entry, if it exists now.</summary>
    public bool TryFind(ReadOnlySpan<byte> key, out KeyEntry entry) => index.View.TryFind(key, out entry) && !entry.IsTombstone;

    /// <summary>Stores a pair.</summary>
    /// <param name="key">Not empty.</param>
    /// <param name="lease">0 for none; it exists.</param>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long lease)
    {
        bool known = index.Seek(key, out KeyEntry entry);
        bool exists = known && !entry.IsTombstone;
        KeyEntry old = entry;
        var fields = new KeyValueFields
        {
            Key = key,
            CreateRevision = exists ? entry.CreateMain : _main,
            ModRevision = _main,
            Version = exists ? entry.Version + 1 : 1,
            Value = value,
            Lease = lease,
        };
        Memory<byte> record = Append(fields, tombstone: false);
        if (known)
            index.PushHistory(ref entry);
        entry.CreateMain = fields.CreateRevision;
        entry.Version = fields.Version;
        Finish(key, ref entry, tombstone: false, lease != 0);
        MoveLease(KeyOf(record, key.Length), old, exists, lease);
        changes.Add(new Change(new Revision(_main, _sub), IsDelete: false, record, exists ? old.Mod : default));
        _sub++;
    }

    /// <summary>Deletes every key of the range that exists.</summary>
    /// <returns>How many that were.</returns>
    public long DeleteRange(in KeyRange range)
    {
        if (range.IsSingle)
            return Delete(range.Key) ? 1 : 0;
        long deleted = 0;
        ReadOnlySpan<byte> from = range.Key;
        // In chunks: the index must not be walked while it is changed.
        do
        {
            _doomed.Clear();
            IndexCursor cursor = index.View.Scan(from, range.End, range.HasEnd);
            while (_doomed.Count < DeleteChunkKeys && cursor.MoveNext())
            {
                if (cursor.Entry.IsTombstone)
                    continue;
                byte[] key = new byte[cursor.KeyLength];
                cursor.CopyKey(key);
                _doomed.Add(key);
            }
            foreach (byte[] key in _doomed)
                Delete(key);
            deleted += _doomed.Count;
            from = _doomed.Count > 0 ? _doomed[^1] : default; // It is deleted, so it is not found again.
        }
        while (_doomed.Count == DeleteChunkKeys);
        return deleted;
    }

    /// <returns>False if the key does not exist.</returns>
    public bool Delete(ReadOnlySpan<byte> key)
    {
        if (!index.Seek(key, out KeyEntry entry) || entry.IsTombstone)
            return false;
        KeyEntry old = entry;
        Memory<byte> record = Append(new KeyValueFields { Key = key }, tombstone: true);
        index.PushHistory(ref entry);
        entry.CreateMain = 0;
        entry.Version = 0;
        Finish(key, ref entry, tombstone: true, hasLease: false);
        MoveLease(KeyOf(record, key.Length), old, existed: true, lease: 0);
        changes.Add(new Change(new Revision(_main, _sub), IsDelete: true, record, old.Mod));
        _sub++;
        return true;
    }

    private Memory<byte> Append(in KeyValueFields fields, bool tombstone)
    {
        Memory<byte> record = backend.TakeRecordMemory(fields.EncodedSize);
        var writer = new WireWriter(record.Span);
        fields.WriteTo(ref writer);
        backend.AppendRecord(new Revision(_main, _sub), tombstone, record);
        return record;
    }

    private void Finish(ReadOnlySpan<byte> key, ref KeyEntry entry, bool tombstone, bool hasLease)
    {
        entry.ModMain = _main;
        entry.ModSub = _sub;
        entry.IsTombstone = tombstone;
        entry.HasLease = hasLease;
        index.Write(key, entry);
    }

    // The key's bytes as they lie in its own record: they outlive the request.
    private static ReadOnlyMemory<byte> KeyOf(ReadOnlyMemory<byte> record, int length) =>
        record.Slice(WireWriter.BytesFieldSize(KeyValueFields.KeyField, length) - length, length);

    private void MoveLease(ReadOnlyMemory<byte> key, in KeyEntry old, bool existed, long lease)
    {
        if (lease != 0)
            leases.Attach(lease, key); // Which also takes it off any other.
        else if (existed && old.HasLease)
            leases.Detach(LeaseOf(old.Mod), key);
    }

    private long LeaseOf(Revision revision)
    {
        BackendView view = backend.Pin();
        try
        {
            bool found = view.TryGetRecord(revision, out ReadOnlySpan<byte> record);
            Invariant.Holds(found, $"the index knows revision {revision} but the database has no record of it");
            return KeyValueFields.Parse(record).Lease;
        }
        finally
        {
            view.Unpin();
        }
    }
}
