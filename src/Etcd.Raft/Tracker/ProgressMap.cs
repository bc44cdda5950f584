namespace Etcd.Raft;

/// <summary>One <see cref="Progress"/> per member, walked in ascending order of ids so that every run sends in the same order.</summary>
internal sealed class ProgressMap
{
    private ulong[] _ids = [];
    private Progress[] _items = [];

    public int Count => _ids.Length;

    public ReadOnlySpan<ulong> Ids => _ids;

    /// <summary>Null for a stranger.</summary>
    public Progress? Find(ulong id)
    {
        int at = Array.BinarySearch(_ids, id);
        return at < 0 ? null : _items[at];
    }

    public void Add(ulong id, Progress progress)
    {
        int at = ~Array.BinarySearch(_ids, id);
        _ids = [.. _ids.AsSpan(0, at), id, .. _ids.AsSpan(at)];
        _items = [.. _items.AsSpan(0, at), progress, .. _items.AsSpan(at)];
    }

    public void Remove(ulong id)
    {
        int at = Array.BinarySearch(_ids, id);
        _ids = [.. _ids.AsSpan(0, at), .. _ids.AsSpan(at + 1)];
        _items = [.. _items.AsSpan(0, at), .. _items.AsSpan(at + 1)];
    }

    public ProgressMap Clone() => new() { _ids = [.. _ids], _items = [.. _items.Select(item => item.Clone())] };

    public Enumerator GetEnumerator() => new(_ids, _items);

    internal struct Enumerator(ulong[] ids, Progress[] items)
    {
        private int _at = -1;

        public readonly (ulong Id, Progress Progress) Current => (ids[_at], items[_at]);

        public bool MoveNext() => ++_at < ids.Length;
    }
}
