using System.Runtime.InteropServices;

namespace Etcd.Bolt.Pages;

/// <summary>The current view and those replaced ones that still have readers.</summary>
/// <remarks>Entering is lock-free; the list of older views is short and guarded by a lock that readers never take.</remarks>
internal sealed class Views(DatabaseView first)
{
    private readonly Lock _lock = new();
    private readonly List<DatabaseView> _older = [];
    private readonly List<ulong> _olderIds = [];
    private DatabaseView? _current = first;

    /// <summary>The state of the last commit.</summary>
    /// <exception cref="BoltException">The database is closed.</exception>
    public DatabaseView Current => Volatile.Read(ref _current) ?? throw new BoltException(BoltError.DatabaseNotOpen);

    public int OpenReaders
    {
        get
        {
            lock (_lock)
                return (Volatile.Read(ref _current)?.Readers ?? 0) + _older.Sum(static v => v.Readers);
        }
    }

    /// <summary>Enters the current view.</summary>
    public DatabaseView Enter()
    {
        while (true)
        {
            DatabaseView view = Current;
            if (view.TryEnter())
                return view; // Else a commit came in between, and Current is newer now.
        }
    }

    public void Publish(DatabaseView next) => Replace(next);

    /// <summary>Ids of the older states with open readers, ascending. Only for the writer.</summary>
    public ReadOnlySpan<ulong> OlderReaders()
    {
        lock (_lock)
        {
            _older.RemoveAll(static v => v.Readers == 0); // Retired and empty: nobody can enter any more.
            _olderIds.Clear();
            foreach (DatabaseView view in _older)
                _olderIds.Add(view.Meta.TransactionId);
            return CollectionsMarshal.AsSpan(_olderIds);
        }
    }

    public void Close() => Replace(null);

    private void Replace(DatabaseView? next)
    {
        DatabaseView? replaced = Interlocked.Exchange(ref _current, next);
        if (replaced is null)
            return;
        lock (_lock)
            _older.Add(replaced);
        replaced.Retire();
    }
}
