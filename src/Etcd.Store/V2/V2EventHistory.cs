namespace Etcd.Store.V2;

/// <summary>The last 1000 events of the store: a ring, as the saved document shows it.</summary>
internal sealed class V2EventHistory
{
    public const int Capacity = 1000;

    /// <summary>Slots of the ring; unused ones are null.</summary>
    public V2Event?[] Slots { get; } = new V2Event?[Capacity];

    public int Size { get; set; }

    /// <summary>Slot of the oldest event.</summary>
    public int Front { get; set; }

    /// <summary>Slot of the next event.</summary>
    public int Back { get; set; }

    /// <summary>Index of the oldest event; 0 before the first.</summary>
    public ulong StartIndex { get; set; }

    public ulong LastIndex { get; set; }

    public void Add(V2Event added)
    {
        Slots[Back] = added;
        Back = (Back + 1) % Capacity;
        if (Size == Capacity)
            Front = (Front + 1) % Capacity;
        else
            Size++;
        LastIndex = added.Index;
        StartIndex = Slots[Front]!.Index;
    }

    /// <summary>The first event from an index on that a watch would have seen; null if there was none yet.</summary>
    /// <param name="found">Null if the wanted event is still to come.</param>
    /// <returns>False if the history begins behind the index.</returns>
    public bool TryFind(string path, bool recursive, ulong sinceIndex, out V2Event? found)
    {
        found = null;
        if (sinceIndex < StartIndex)
            return false;
        if (sinceIndex > LastIndex)
            return true;
        ulong skipped = sinceIndex - StartIndex;
        for (ulong i = skipped; i < (ulong)Size && found is null; i++)
        {
            if (Slots[(int)(((ulong)Front + i) % Capacity)] is { } candidate && Matches(candidate, path, recursive))
                found = candidate;
        }
        return true;
    }

    // Compat: hidden keys are not filtered here, and the directory test compares text, not path components.
    private static bool Matches(V2Event candidate, string path, bool recursive)
    {
        string key = candidate.Node.Key;
        if (candidate.IsRefresh)
            return false;
        if (key == path || (recursive && (path == "/" || IsBelow(key, path))))
            return true;
        return candidate.Action is V2Action.Delete or V2Action.Expire
            && candidate.PrevNode is { IsDirectory: true } directory
            && path.StartsWith(directory.Key, StringComparison.Ordinal);
    }

    private static bool IsBelow(string key, string path) =>
        key.Length > path.Length && key[path.Length] == '/' && key.StartsWith(path, StringComparison.Ordinal);
}
