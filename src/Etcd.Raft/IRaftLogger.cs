namespace Etcd.Raft;

public enum RaftLogLevel
{
    Debug = 0,
    Info = 1,
    Warning = 2,
    Error = 3,
}

/// <summary>Where raft's own log lines go. Called on the thread that drives the node.</summary>
public interface IRaftLogger
{
    /// <summary>False spares the formatting of the line.</summary>
    bool IsEnabled(RaftLogLevel level);

    void Write(RaftLogLevel level, string line);
}
