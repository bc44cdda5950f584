using System.Buffers;
using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc;

/// <summary>A growing list of revisions in rented memory. Dispose it exactly once.</summary>
internal struct RevisionList : IDisposable
{
    private Revision[]? _items;

    public int Count { get; private set; }

    public readonly Span<Revision> Items => _items.AsSpan(0, Count);

    public void Add(Revision revision)
    {
        if (_items is null || Count == _items.Length)
            Grow();
        _items![Count++] = revision;
    }

    public void Truncate(int count) => Count = count;

    public void Dispose()
    {
        if (_items is not null)
            ArrayPool<Revision>.Shared.Return(_items);
        _items = null;
        Count = 0;
    }

    private void Grow()
    {
        Revision[] larger = ArrayPool<Revision>.Shared.Rent(Math.Max(64, Count * 2));
        Items.CopyTo(larger);
        if (_items is not null)
            ArrayPool<Revision>.Shared.Return(_items);
        _items = larger;
    }
}
