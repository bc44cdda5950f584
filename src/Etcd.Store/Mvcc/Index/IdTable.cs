using Etcd.Foundation;

namespace Etcd.Store.Mvcc.Index;

/// <summary>Objects by small ids from 1, so that an index page can refer to them.</summary>
/// <remarks>One writer. Readers use the <see cref="Items"/> that their <see cref="IndexView"/> captured; ids in a published page
/// stay valid until they are freed, which happens when no view can reach them any more.</remarks>
internal sealed class IdTable<T>
    where T : class
{
    private readonly Stack<int> _free = new();
    private int _next = 1;

    /// <summary>The table; replaced, with the same contents, when it grows.</summary>
    public T?[] Items { get; private set; } = new T?[64];

    public int Count => _next - 1 - _free.Count;

    public int Add(T item)
    {
        if (!_free.TryPop(out int id))
        {
            id = _next++;
            if (id == Items.Length)
            {
                T?[] larger = new T?[Items.Length * 2];
                Items.CopyTo(larger, 0);
                Items = larger;
            }
        }
        Volatile.Write(ref Items[id], item);
        return id;
    }

    public T Get(int id) => Get(Items, id);

    public static T Get(T?[] items, int id)
    {
        T? item = Volatile.Read(ref items[id]);
        Invariant.Holds(item is not null, $"the index refers to freed id {id}");
        return item;
    }

    public void Free(int id)
    {
        Items[id] = null;
        _free.Push(id);
    }
}
