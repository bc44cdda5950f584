namespace Etcd.Raft;

/// <summary>Names an entry of any log: two logs with an entry of the same id agree up to it (paper §5.3, Log Matching).</summary>
internal readonly record struct EntryId(ulong Term, ulong Index);
