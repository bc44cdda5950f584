namespace Etcd.Store.V2;

/// <summary>Error numbers of the v2 API.</summary>
public enum V2ErrorCode
{
    KeyNotFound = 100,
    TestFailed = 101,
    NotFile = 102,
    NotDirectory = 104,
    NodeExists = 105,
    RootReadOnly = 107,
    DirectoryNotEmpty = 108,
    Unauthorized = 110,
    PrevValueRequired = 201,
    TtlNotANumber = 202,
    IndexNotANumber = 203,
    InvalidField = 209,
    InvalidForm = 210,
    RefreshValue = 211,
    RefreshTtlRequired = 212,
    RaftInternal = 300,
    WatcherCleared = 400,
    EventIndexCleared = 401,
}
