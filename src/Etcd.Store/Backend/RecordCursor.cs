using Etcd.Bolt;

namespace Etcd.Store.Backend;

/// <summary>Walks records in revision order: first those in pages, then those of the pending batches. Valid while its view is pinned.</summary>
internal ref struct RecordCursor
{
    private readonly BackendView _view;
    private readonly Revision _from;
    private readonly BoltCursor _pages;
    private ReadOnlySpan<byte> _value;
    private int _batch = -1; // -1: still in the pages.
    private int _index;
    private bool _started;

    public RecordCursor(BackendView view, Revision from)
    {
        _view = view;
        _from = from;
        _pages = view.Pages.Records.Cursor();
    }

    public Revision Revision { get; private set; }

    public bool IsTombstone { get; private set; }

    /// <summary>Encoded mvccpb.KeyValue; only the key is set in the record of a deletion, nothing in that of a bumped revision.</summary>
    public readonly ReadOnlySpan<byte> Value => _value;

    public bool MoveNext()
    {
        if (_batch < 0)
        {
            if (MoveInPages())
                return true;
            _batch = 0;
            _index = _view.Batches.Length > 0 ? _view.Batches[0].Records.LowerBound(_from) : 0;
        }
        while (_batch < _view.Batches.Length)
        {
            RecordLog records = _view.Batches[_batch].Records;
            if (_index < records.Count)
            {
                ref readonly Record record = ref records[_index++];
                (Revision, IsTombstone) = (record.Revision, record.IsTombstone);
                _value = record.Value.Span;
                return true;
            }
            _batch++;
            _index = _batch < _view.Batches.Length ? _view.Batches[_batch].Records.LowerBound(_from) : 0;
        }
        return false;
    }

    private bool MoveInPages()
    {
        bool found;
        if (_started)
        {
            found = _pages.Next();
        }
        else
        {
            Span<byte> key = stackalloc byte[RevisionKey.TombstoneBytes];
            found = _pages.Seek(RevisionKey.Write(key, _from));
            _started = true;
        }
        if (!found)
            return false;
        Revision = RevisionKey.Parse(_pages.Key, out bool tombstone);
        IsTombstone = tombstone;
        _value = _pages.Value;
        return true;
    }
}
