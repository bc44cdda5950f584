using Etcd.Store.Backend;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>Which record of each key outlives a compaction at a revision: the newest one up to it, unless that is a deletion
/// before it.</summary>
/// <remarks>A deletion at exactly the compacted revision stays, in the index and in the database: readers at that revision learn that
/// the key is deleted.</remarks>
internal static class KeepRule
{
    /// <returns>False if nothing of the key up to <paramref name="atMain"/> is kept.</returns>
    public static bool TryFind(in IndexView index, in KeyEntry entry, long atMain, out Revision kept) =>
        index.TryResolve(entry, atMain, out kept, out bool tombstone) && (!tombstone || kept.Main == atMain);

    /// <summary>Whether a record stays in a compaction at <paramref name="atMain"/>, which is not below its revision.</summary>
    public static bool Keeps(in IndexView index, ReadOnlySpan<byte> key, Revision record, long atMain) =>
        index.TryFind(key, out KeyEntry entry) && TryFind(index, entry, atMain, out Revision kept) && kept == record;

    /// <summary>Whether a record counts in a hash at <paramref name="atMain"/>.</summary>
    /// <remarks>Compat: here a deletion at exactly that revision is not kept.</remarks>
    public static bool KeepsForHash(in IndexView index, ReadOnlySpan<byte> key, Revision record, long atMain) =>
        index.TryFind(key, out KeyEntry entry) && index.TryResolve(entry, atMain, out Revision kept) && kept == record;

    /// <summary>Whether any key has something to keep.</summary>
    /// <param name="forHash">By the rule of <see cref="KeepsForHash"/>.</param>
    public static bool KeepsAny(in IndexView index, long atMain, bool forHash)
    {
        IndexCursor cursor = index.Scan(default, default, hasEnd: false);
        while (cursor.MoveNext())
        {
            if (forHash ? index.TryResolve(cursor.Entry, atMain, out _) : TryFind(index, cursor.Entry, atMain, out _))
                return true;
        }
        return false;
    }

    /// <summary>How many of the first revisions in a key's history a compaction removes.</summary>
    /// <param name="history">Older revisions of the key; null if there are none.</param>
    /// <param name="entry">Its newest revision.</param>
    /// <param name="atMain">The compacted revision.</param>
    /// <param name="removesNewest">The newest revision goes as well, and with it the key.</param>
    public static int CountRemoved(KeyHistory? history, in KeyEntry entry, long atMain, out bool removesNewest)
    {
        removesNewest = entry.IsTombstone && entry.ModMain < atMain;
        if (history is null)
            return 0;
        if (entry.ModMain <= atMain)
            return history.Count;
        int upTo = history.CountUpTo(atMain);
        if (upTo == 0)
            return 0;
        (Revision last, bool tombstone) = history[upTo - 1];
        return tombstone && last.Main < atMain ? upTo : upTo - 1;
    }
}
