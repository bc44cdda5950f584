namespace Etcd.Store.Apply;

/// <summary>What applying one entry needs to know besides the entry.</summary>
/// <param name="InDatabase">The entry's index is not above the database's consistent index: its effects are there
/// already, only the v2 store (rebuilt from the last snapshot) still needs it.</param>
/// <param name="Now">Monotonic time, for leases.</param>
/// <param name="UnixNanoseconds">Wall clock, only for the remaining TTLs that v2 answers show.</param>
public readonly record struct ApplyContext(bool InDatabase, TimeSpan Now, long UnixNanoseconds);
