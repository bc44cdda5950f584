using Etcd.Store.Backend;

namespace Etcd.Store.Mvcc;

/// <summary>One change that watchers have not been told of yet.</summary>
/// <param name="Revision">Its revision.</param>
/// <param name="IsDelete">The key was deleted.</param>
/// <param name="Record">Encoded mvccpb.KeyValue; of a deletion, with the key alone.</param>
/// <param name="Previous">Revision of the pair that it replaced; main part 0 if there was none.</param>
internal readonly record struct Change(Revision Revision, bool IsDelete, ReadOnlyMemory<byte> Record, Revision Previous);

/// <summary>Changes since the last publication, in revision order. Apply thread only.</summary>
/// <remarks>Bounded: a request that deletes a million keys is not listed one by one; watchers then read what they missed from
/// the database.</remarks>
internal sealed class ChangeLog
{
    private const int MaxChanges = 50_000;
    private readonly List<Change> _changes = [];

    /// <summary>There were more changes than are kept; the list is empty.</summary>
    public bool IsOverflown { get; private set; }

    public IReadOnlyList<Change> Changes => _changes;

    public void Add(in Change change)
    {
        if (IsOverflown)
            return;
        if (_changes.Count == MaxChanges)
        {
            _changes.Clear();
            IsOverflown = true;
            return;
        }
        _changes.Add(change);
    }

    public void Clear()
    {
        _changes.Clear();
        IsOverflown = false;
    }
}
