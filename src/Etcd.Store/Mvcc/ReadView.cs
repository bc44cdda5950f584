using Etcd.Store.Backend;
using Etcd.Store.Mvcc.Index;

namespace Etcd.Store.Mvcc;

/// <summary>What one read, or the apply thread, sees of the store. Both parts are pinned by whoever made it.</summary>
/// <param name="Index">Which revision of which key.</param>
/// <param name="Records">Their records.</param>
/// <param name="CurrentRevision">Revision of <paramref name="Index"/>.</param>
/// <param name="CompactedRevision">-1 before the first compaction.</param>
internal readonly record struct ReadView(IndexView Index, BackendView Records, long CurrentRevision, long CompactedRevision);
