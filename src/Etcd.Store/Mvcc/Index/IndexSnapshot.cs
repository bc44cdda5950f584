using Etcd.Foundation;

namespace Etcd.Store.Mvcc.Index;

/// <summary>A published state of the key index with the store's revisions at that moment.</summary>
/// <remarks>Readers pin it for as long as they look at its pages, which must be short: pages that later batches replaced stay in
/// memory until then. Pinning is one interlocked operation and never waits.</remarks>
internal sealed class IndexSnapshot
{
    private readonly IndexView _view;
    private int _pins = 1; // The first pin is the publisher's, for as long as this is the current snapshot.

    internal IndexSnapshot(in IndexView view, long currentRevision, long compactedRevision)
    {
        _view = view;
        CurrentRevision = currentRevision;
        CompactedRevision = compactedRevision;
    }

    public ref readonly IndexView View => ref _view;

    /// <summary>Revision of the last write that is in it.</summary>
    public long CurrentRevision { get; }

    /// <summary>-1 before the first compaction.</summary>
    public long CompactedRevision { get; }

    /// <summary>What the batch after this snapshot replaced; to be reused when this and all older snapshots are unpinned.</summary>
    internal RetiredItems Retired { get; } = new();

    internal bool IsUnpinned => Volatile.Read(ref _pins) == 0;

    /// <returns>False if it is not current any more and nobody holds it: take the current one instead.</returns>
    public bool TryPin()
    {
        int pins = Volatile.Read(ref _pins);
        while (pins > 0) // At 0 its pages may be in use for something else already.
        {
            int seen = Interlocked.CompareExchange(ref _pins, pins + 1, pins);
            if (seen == pins)
                return true;
            pins = seen;
        }
        return false;
    }

    public void Unpin()
    {
        int pins = Interlocked.Decrement(ref _pins);
        Invariant.Holds(pins >= 0, "an index snapshot was unpinned twice");
    }
}

/// <summary>Ids that a batch no longer uses but published snapshots may.</summary>
internal sealed class RetiredItems
{
    public List<int> Pages { get; } = [];

    public List<int> Histories { get; } = [];

    public List<int> LongKeys { get; } = [];
}
