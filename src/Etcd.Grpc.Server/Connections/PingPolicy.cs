namespace Etcd.Grpc.Server;

/// <summary>Decides whether a client pings too often, with grpc-go's rules.</summary>
/// <remarks>A ping is a strike if it comes sooner than the minimum time after the last one, or, while no call is open, sooner
/// than two hours. The third strike ends the connection. Sending anything to the client forgives its strikes, because a
/// client may ping to measure a connection in use.</remarks>
internal sealed class PingPolicy(TimeSpan minTime, ClientConnection connection, TimeProvider clock)
{
    private const int MaxStrikes = 2;
    private static readonly TimeSpan s_minTimeWithoutCalls = TimeSpan.FromHours(2);

    private long? _lastPingAt;
    private int _strikes;
    private bool _sentSinceLastPing;

    /// <summary>Something of a call was sent. Called beside <see cref="Allow"/>, on another thread.</summary>
    public void Forgive() => Volatile.Write(ref _sentSinceLastPing, true);

    /// <summary>Counts one ping that has arrived now.</summary>
    /// <returns>False if the connection must end.</returns>
    public bool Allow()
    {
        long now = clock.GetTimestamp();
        TimeSpan sinceLast = _lastPingAt is { } last ? clock.GetElapsedTime(last, now) : TimeSpan.MaxValue;
        _lastPingAt = now;
        if (Interlocked.Exchange(ref _sentSinceLastPing, false))
        {
            _strikes = 0;
            return true;
        }
        if (sinceLast < (connection.ActiveCalls == 0 ? s_minTimeWithoutCalls : minTime))
            _strikes++;
        return _strikes <= MaxStrikes;
    }
}
