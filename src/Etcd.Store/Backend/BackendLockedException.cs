namespace Etcd.Store.Backend;

/// <summary>Another process holds the lock of the database file and did not give it up in time.</summary>
public sealed class BackendLockedException(string path, Exception cause)
    : Exception($"database file {path} is locked by another process", cause);
