namespace Etcd.Foundation.Logging;

/// <summary>zap's levels, in their order.</summary>
public enum LogLevel
{
    Debug,
    Info,
    Warn,
    Error,
    Panic,
    Fatal,
}
