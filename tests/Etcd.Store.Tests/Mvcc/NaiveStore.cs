using Etcd.Foundation;
using Etcd.Protocol.Kv;
using Etcd.Store.Backend;
using Google.Protobuf;

namespace Etcd.Store.Tests.Mvcc;

/// <summary>The key space as one list of everything that ever happened: slow and obvious.</summary>
internal sealed class NaiveStore
{
    private readonly List<(Revision Revision, bool Tombstone, KeyValue Pair)> _all = [];
    // Records that the database still has; compactions take from it.
    private List<(Revision Revision, bool Tombstone, KeyValue Pair)> _kept = [];

    public long Current { get; private set; } = 1;

    public long Compacted { get; private set; } = -1;

    public IEnumerable<(Revision Revision, bool Tombstone, KeyValue Pair)> All => _all;

    public IEnumerable<Revision> Kept => _kept.Select(record => record.Revision);

    /// <summary>One write request: puts (value not null) and deletions.</summary>
    public void Write(IEnumerable<(string Key, string? Value, long Lease)> changes)
    {
        int sub = 0;
        foreach ((string key, string? value, long lease) in changes)
        {
            ByteString bytes = ByteString.CopyFromUtf8(key);
            KeyValue? old = PairAt(bytes, Current + 1);
            if (value is null && old is null)
                continue;
            KeyValue pair = value is null ? new KeyValue { Key = bytes } : new KeyValue
            {
                Key = bytes,
                Value = ByteString.CopyFromUtf8(value),
                CreateRevision = old?.CreateRevision ?? Current + 1,
                ModRevision = Current + 1,
                Version = (old?.Version ?? 0) + 1,
                Lease = lease,
            };
            _all.Add((new Revision(Current + 1, sub++), value is null, pair));
            _kept.Add(_all[^1]);
        }
        if (sub > 0)
            Current++;
    }

    /// <summary>Pairs that existed at a revision, in key order.</summary>
    public List<KeyValue> At(long revision) =>
        [.. Newest(revision).Where(record => !record.Tombstone).Select(record => record.Pair).OrderBy(pair => pair.Key.ToByteArray(), ByteOrderOfKeys.Instance)];

    /// <summary>One key at a revision; null if it did not exist.</summary>
    public KeyValue? PairAt(ByteString key, long revision)
    {
        for (int i = _all.Count - 1; i >= 0; i--)
        {
            if (_all[i].Revision.Main <= revision && _all[i].Pair.Key == key)
                return _all[i].Tombstone ? null : _all[i].Pair;
        }
        return null;
    }

    public void Compact(long revision) => Compacted = revision;

    /// <summary>What is left in the database when the compaction is finished.</summary>
    public void FinishCompaction()
    {
        HashSet<Revision> keep = [.. Newest(Compacted).Where(record => !record.Tombstone || record.Revision.Main == Compacted).Select(record => record.Revision)];
        _kept = [.. _kept.Where(record => record.Revision.Main > Compacted || keep.Contains(record.Revision))];
    }

    /// <summary>HashKV as spec disk §6.1 says, step by step.</summary>
    public uint Hash(long revision)
    {
        HashSet<Revision> keep = [.. Newest(revision).Where(record => !record.Tombstone).Select(record => record.Revision)];
        uint crc = Crc32C.Compute("key"u8);
        byte[] buffer = new byte[RevisionKey.TombstoneBytes];
        foreach ((Revision at, bool tombstone, KeyValue pair) in _kept)
        {
            if (at.Main > revision || (at.Main <= Compacted && keep.Count > 0 && !keep.Contains(at)) || (at.Main == Compacted && tombstone))
                continue;
            crc = Crc32C.Update(Crc32C.Update(crc, RevisionKey.Write(buffer, at, tombstone)), pair.ToByteArray());
        }
        return crc;
    }

    private IEnumerable<(Revision Revision, bool Tombstone, KeyValue Pair)> Newest(long revision) =>
        _all.Where(record => record.Revision.Main <= revision).GroupBy(record => record.Pair.Key).Select(group => group.MaxBy(record => record.Revision));

    private sealed class ByteOrderOfKeys : IComparer<byte[]>
    {
        public static readonly ByteOrderOfKeys Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
