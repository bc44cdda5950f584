namespace Etcd.Grpc.Client;

/// <summary>Time limits as timers take them.</summary>
public static class CallLimit
{
    // Timers count milliseconds in 32 bits; a limit of weeks is as good as none.
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(24);

    /// <summary>A limit that a timer accepts: past ones are zero, very long ones never come.</summary>
    public static TimeSpan ForTimer(TimeSpan limit) =>
        limit <= TimeSpan.Zero ? TimeSpan.Zero : limit > s_longest ? Timeout.InfiniteTimeSpan : limit;
}
