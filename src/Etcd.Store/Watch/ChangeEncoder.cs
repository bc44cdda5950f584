using Etcd.Protocol.Wire;
using Etcd.Store.Backend;
using Etcd.Store.Mvcc;

namespace Etcd.Store.Watch;

/// <summary>Encodes the change at hand at most once without and once with the previous pair, however many watch it.</summary>
internal sealed class ChangeEncoder(MvccStore store) : IDisposable
{
    private Revision _encoded;
    private byte[]? _plain;
    private byte[]? _withPrevious;
    private BackendView? _records;

    /// <summary>The user key in an encoded record.</summary>
    public static ReadOnlySpan<byte> KeyOf(ReadOnlySpan<byte> record)
    {
        var reader = new WireReader(record);
        return reader.TryReadTag(out int field, out WireType type) && field == KeyValueFields.KeyField ? reader.ReadBytes(type) : default;
    }

    public ReadOnlyMemory<byte> Encode(in Change change, bool withPrevious)
    {
        if (_encoded != change.Revision)
        {
            _encoded = change.Revision;
            _plain = null;
            _withPrevious = null;
        }
        return withPrevious && change.Previous.Main != 0
            ? _withPrevious ??= EventEncoding.Encode(change.IsDelete, change.Record.Span, change.Revision.Main, Previous(change.Previous))
            : _plain ??= EventEncoding.Encode(change.IsDelete, change.Record.Span, change.Revision.Main, previous: default);
    }

    public void Dispose() => _records?.Unpin();

    // Empty if a compaction has removed it already: then the event comes without it, as in etcd.
    private ReadOnlySpan<byte> Previous(Revision revision)
    {
        _records ??= store.PinRecords();
        return _records.TryGetRecord(revision, out ReadOnlySpan<byte> record) ? record : default;
    }
}
